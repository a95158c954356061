/** Tells the webhook how a run has ended; whether that succeeds never decides about the run. */
import { CancellationScope, isCancellation, log, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { CpuActivities, PreparedRun } from '../contracts/activities.ts';
import { INTERNAL, INVALID_INPUT } from '../contracts/failures.ts';
import type { NotifyInput } from '../contracts/gate-activities.ts';
import type { RunResult } from '../contracts/run-result.ts';
import { applicationFailure } from './failures.ts';
import { runLabels } from '../contracts/run-name.ts';
import { NOTIFY } from './options.ts';

const { notifyEnd } = proxyActivities<CpuActivities>(NOTIFY);

/** @param prepared null where the input was not even readable */
export async function notifiedResult(prepared: PreparedRun, result: RunResult): Promise<void> {
  const { notify } = prepared.config;
  if (notify === 'never' || notify === 'failed') return;
  if (notify === 'changed' && result.unchangedSince) return;
  await send({ end: 'completed', ...runLabels(prepared.config), uiUrl: prepared.uiUrl, result, failure: null });
}

export async function notifiedFailure(prepared: PreparedRun | null, error: unknown): Promise<void> {
  if (prepared?.config.notify === 'never') return;
  const failure = applicationFailure(error);
  // Who starts a run by hand is told of a wrong input at once, by the run itself.
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
    log.warn('the webhook was not told', { reason: applicationFailure(error)?.message ?? String(error) });
  }
}
