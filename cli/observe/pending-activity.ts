/** Reads Temporal's description of an unfinished activity. */
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import proto from '@temporalio/proto';
import { STEP_NAMES, type Heartbeat, type HeartbeatDetails, type RunProgress } from '../../contracts/progress.ts';
import { stepOfActivity } from './activity-steps.ts';
import { childStep } from './child-workflows.ts';
import type { ActivityView } from './run-view.ts';

export type PendingActivity = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];
type Failure = NonNullable<PendingActivity['lastFailure']>;
type Timestamp = NonNullable<PendingActivity['nextAttemptScheduleTime']>;

const { PendingActivityState, TimeoutType } = proto.temporal.api.enums.v1;

/** @param childId of the child workflow that the activity belongs to; null for one of the run itself. */
export function readActivity(
  pending: PendingActivity,
  childId: string | null,
  progress: RunProgress | null,
): ActivityView {
  const beat = lastBeat(pending);
  const heartbeat = isProgress(beat) ? beat : null;
  const type = pending.activityType?.name ?? 'unknown activity';
  const attempt = pending.attempt ?? 1;
  const nextAttemptAt = milliseconds(pending.nextAttemptScheduleTime);
  return {
    step:
      heartbeat?.step ?? (childId === null ? null : childStep(childId)) ?? stepOfActivity(type, progress, 'running'),
    type,
    attempt,
    lastFailure: pending.lastFailure ? failureLine(pending.lastFailure) : null,
    nextAttemptAt,
    queued: pending.state === PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED && nextAttemptAt === null,
    heartbeat,
    // Between two attempts it is the last failure that says so.
    waitsFor: nextAttemptAt === null ? (beat.waitsFor ?? null) : null,
  };
}

/** Another version's worker may send something else: that is shown as nothing at all. */
function lastBeat(pending: PendingActivity): Heartbeat {
  const payload = pending.heartbeatDetails?.payloads?.[0];
  const beat: unknown = payload ? defaultPayloadConverter.fromPayload(payload) : null;
  if (typeof beat !== 'object' || beat === null) return {};
  const { waitsFor, ...others } = beat as Heartbeat;
  return typeof waitsFor === 'string' ? { ...others, waitsFor } : others;
}

function isProgress(beat: Heartbeat): beat is Heartbeat & HeartbeatDetails {
  const { step, done, total } = beat;
  return STEP_NAMES.some((name) => name === step) && typeof done === 'number' && typeof total === 'number';
}

/** The failure and its causes on one line, outermost first, without repetitions. */
function failureLine(failure: Failure): string {
  const messages: string[] = [];
  for (let link: Failure | null | undefined = failure; link; link = link.cause) {
    const message = link.timeoutFailureInfo ? timeoutMessage(link) : (link.message ?? '');
    if (message !== '' && !messages.some((earlier) => earlier.includes(message))) messages.push(message);
  }
  return messages.join(': ') || 'no message';
}

function timeoutMessage(failure: Failure): string {
  return failure.timeoutFailureInfo?.timeoutType === TimeoutType.TIMEOUT_TYPE_HEARTBEAT
    ? 'its worker stopped answering (heartbeat timeout)'
    : (failure.message ?? 'timeout');
}

function milliseconds(time: Timestamp | null | undefined): number | null {
  return time ? Number(time.seconds ?? 0) * 1_000 + (time.nanos ?? 0) / 1e6 : null;
}
