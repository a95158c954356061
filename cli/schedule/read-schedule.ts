/** Takes one look at a schedule, and at the runs that it has started. */
import {
  WorkflowNotFoundError,
  type Client,
  type ScheduleDescription,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { SEARCH_ATTRIBUTES, type SearchAttributeName } from '../../contracts/search-attributes.ts';
import type { TimeRange } from './backfill-range.ts';
import { type LostDay, lostDays } from './clock-gaps.ts';
import { cronTexts } from './cron-text.ts';
import { withSchedule } from './find-schedule.ts';
import { overlapText } from './overlap.ts';
import type { ScheduledRun, ScheduleView } from './schedule-view.ts';
import { knownZone } from './zoned-time.ts';

const VERDICT = defineSearchAttributeKey(
  'VeilleVerdict' satisfies SearchAttributeName,
  SEARCH_ATTRIBUTES.VeilleVerdict,
);

/**
 * @param runs look at so many of its newest runs; the server remembers ten
 * @throws {UsageError} when there is no such schedule
 */
export async function readSchedule(client: Client, id: string, runs: number): Promise<ScheduleView> {
  const description = await withSchedule(client, id, (handle) => handle.describe());
  const newest = description.info.recentActions.toReversed().slice(0, runs);
  return viewOf(description, await Promise.all(newest.map((action) => readRun(client, action))));
}

/**
 * Days in the range on which it has no run since clocks go forward over its hour.
 *
 * @param range milliseconds since the epoch
 * @throws {UsageError} when there is no such schedule
 */
export async function readLostDays(client: Client, id: string, range: TimeRange): Promise<LostDay[]> {
  const { spec } = await withSchedule(client, id, (handle) => handle.describe());
  return lostDays(spec, knownZone(spec.timezone ?? ''), range);
}

function viewOf(description: ScheduleDescription, runs: readonly ScheduledRun[]): ScheduleView {
  const { scheduleId, spec, policies, state, info, action } = description;
  return {
    id: scheduleId,
    cron: cronTexts(spec),
    timeZone: knownZone(spec.timezone ?? ''),
    jitter: spec.jitter ?? 0,
    catchUp: policies.catchupWindow,
    overlap: overlapText(policies.overlap),
    pausesOnFailure: policies.pauseOnFailure,
    paused: state.paused,
    note: state.note || null,
    input: action.args?.[0] ?? {},
    nextTimes: info.nextActionTimes.map((time) => time.getTime()),
    runs,
    counts: {
      started: info.numActionsTaken,
      skipped: info.numActionsSkippedOverlap,
      missed: info.numActionsMissedCatchupWindow,
      waiting: waitingRuns(description),
    },
  };
}

/** Runs that are due and wait for another to end. */
export function waitingRuns({ raw }: ScheduleDescription): number {
  return Number(raw.info?.bufferSize ?? 0);
}

type RecentAction = ScheduleDescription['info']['recentActions'][number];

async function readRun(client: Client, { scheduledAt, takenAt, action }: RecentAction): Promise<ScheduledRun> {
  const { workflowId, firstExecutionRunId: runId } = action.workflow;
  const description = await describe(client, workflowId, runId);
  return {
    workflowId,
    runId,
    dueAt: scheduledAt.getTime(),
    startedAt: takenAt.getTime(),
    closedAt: description?.closeTime?.getTime() ?? null,
    status: description?.status.name.toLowerCase().replaceAll('_', ' ') ?? 'no longer kept',
    verdict: description?.typedSearchAttributes.get(VERDICT) ?? null,
  };
}

/** Null past the namespace's retention. */
async function describe(
  client: Client,
  workflowId: string,
  runId: string,
): Promise<WorkflowExecutionDescription | null> {
  try {
    return await client.workflow.getHandle(workflowId, runId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
