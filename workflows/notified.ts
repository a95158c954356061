/** What goes to the webhook, for those who must act; whether it arrives never decides about the run. */
import { CancellationScope, isCancellation, log, patched, workflowInfo } from '@temporalio/workflow';
import type { CpuActivities, PreparedRun } from '../contracts/activities.ts';
import { INTERNAL, INVALID_INPUT } from '../contracts/failures.ts';
import type { AwaitedApproval, NotifyInput } from '../contracts/gate-activities.ts';
import type { RetrainInput } from '../contracts/retrain-input.ts';
import type { RunResult } from '../contracts/run-result.ts';
import { describedActivities } from './described-activities.ts';
import { applicationFailure } from './failures.ts';
import { runLabels } from '../contracts/run-name.ts';
import { NOTIFY } from './options.ts';

const { notifyEnd }: CpuActivities = describedActivities(NOTIFY);

/** @param prepared null where the input was not even readable */
export async function notifiedResult(prepared: PreparedRun, result: RunResult): Promise<void> {
  const { notify } = prepared.config;
  if (notify === 'never' || notify === 'failed') return;
  if (notify === 'changed' && result.unchangedSince) return;
  await send({ end: 'completed', ...runLabels(prepared.config), uiUrl: prepared.uiUrl, result, failure: null });
}

/** Before it, nobody heard that a run waits. */
const NOTIFY_WAITING = 'notify-waiting';

/** Nothing waits for this: an endpoint that is away must not shorten the time that people have. */
export function notifyWaiting({ config, uiUrl }: PreparedRun, approval: AwaitedApproval): void {
  if (config.notify === 'never' || !patched(NOTIFY_WAITING)) return;
  void send({ end: 'waiting', ...runLabels(config), uiUrl, result: null, failure: null, approval });
}

/** Before it, the failure of an input that was not even readable was sent although that input asked for silence. */
const NOTIFY_UNPREPARED = 'notify-unprepared';

/**
 * @param prepared null where the input was not even readable
 * @param input as it was given
 */
export async function notifiedFailure(prepared: PreparedRun | null, input: unknown, error: unknown): Promise<void> {
  if (prepared?.config.notify === 'never') return;
  const unprepared = prepared ? undefined : (input as Partial<RetrainInput> | undefined);
  if (unprepared?.notify === 'never' && patched(NOTIFY_UNPREPARED)) return;
  const failure = applicationFailure(error);
  // Who starts a run by hand sees the run fail at once when its input is wrong.
  if (failure?.type === INVALID_INPUT && !isScheduled()) return;
  const { type, message } = failure ?? { type: null, message: error instanceof Error ? error.message : String(error) };
  const cancelled = isCancellation(error);
  await send({
    end: cancelled ? 'cancelled' : 'failed',
    ...(prepared ? runLabels(prepared.config) : { preset: '' }),
    uiUrl: prepared?.uiUrl ?? null,
    result: null,
    failure: cancelled ? null : { type: type ?? INTERNAL, message },
  });
}

function isScheduled(): boolean {
  return 'TemporalScheduledById' in workflowInfo().searchAttributes;
}

async function send(input: NotifyInput): Promise<void> {
  try {
    await CancellationScope.nonCancellable(() => notifyEnd(input));
  } catch (error) {
    log.warn('the webhook did not take the message', { reason: applicationFailure(error)?.message ?? String(error) });
  }
}
