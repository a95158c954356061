/** Activity `fineTune`: trains on the GPU queue, from the newest checkpoint of the same training if there is one; of several runs, one. */
import { hostname } from 'node:os';
import { ApplicationFailure, Context } from '@temporalio/activity';
import { CheckpointStore } from '../adapters/checkpoints/checkpoint-store.ts';
import { TrainingHeldError, type Claimant } from '../adapters/checkpoints/training-claim.ts';
import type { FineTuneInput } from '../contracts/activities.ts';
import { PREEMPTED } from '../contracts/failures.ts';
import { fineTuneResult, type FineTuneResult, type StepOutcome, type TrainingAttempt } from '../contracts/steps.ts';
import { stepKey } from '../core/step-key.ts';
import type { ActivityDeps } from './deps.ts';
import type { EncoderPool } from './encoder-pool.ts';
import { withScratch } from './scratch.ts';
import { recallStep, runStep, type Step } from './step.ts';
import { metricLogOfRun } from './trainer-log.ts';
import { attemptTraining } from './training-attempt.ts';
import { TrainingLease } from './training-lease.ts';
import { claimSeenBefore, TrainingProgress } from './training-progress.ts';

type Deps = Pick<ActivityDeps, 'artifacts' | 'records' | 'trainer' | 'scratch' | 'preemption'> & {
  readonly encoders: Pick<EncoderPool, 'closeUnused'>;
};

export function fineTuneStep({
  model,
  train,
  dev,
  prefixes,
  maxSeqLength,
  training,
}: FineTuneInput): Step<FineTuneResult> {
  // How often a checkpoint is saved, and when a trainer counts as hung, change nothing of what is trained. Nor is the
  // micro-batch of a small memory part of the key: a retry with less goes on from the same checkpoints.
  const { checkpointSteps: _, checkpointSeconds: __, hangSeconds: ___, ...recipe } = training;
  return {
    identity: {
      name: 'fine-tune',
      version: 2,
      inputs: { model: model.digest, train: train.sha256, dev: dev.sha256 },
      parameters: { prefixes, maxSeqLength, training: recipe },
    },
    schema: fineTuneResult,
  };
}

/** Activity `recallFineTune`: the recorded training, looked up where no GPU is needed. */
export function createRecallFineTune({ records }: Pick<ActivityDeps, 'records'>) {
  return (input: FineTuneInput): Promise<StepOutcome<FineTuneResult> | null> =>
    recallStep(records, fineTuneStep(input));
}

/**
 * Trains, or waits for another run that trains the same: it fails with `TrainedElsewhere` then, so that the device is
 * free, and is tried again after a lease.
 */
export function createFineTune(deps: Deps) {
  const { artifacts, records, scratch, encoders } = deps;
  return async (input: FineTuneInput): Promise<StepOutcome<FineTuneResult>> => {
    const step = fineTuneStep(input);
    const progress = new TrainingProgress();
    progress.preparing('looking for a result');
    const recorded = await recallStep(records, step);
    const checkpoints = new CheckpointStore(artifacts.objects, stepKey(step.identity));
    try {
      await checkpoints.claim(claimant(), { seen: claimSeenBefore() });
    } catch (error) {
      if (!(error instanceof TrainingHeldError)) throw error;
      if (recorded) return recorded;
      await progress.waiting(error);
      throw error;
    }
    return asOwner(checkpoints, (lease) =>
      // Looks for the record again: another run may have finished between the look before and the claim.
      runStep(records, step, async (tell) => {
        if (claimSeenBefore() !== null) await progress.tookOver();
        await encoders.closeUnused();
        const stores = { checkpoints, metricLog: metricLogOfRun(artifacts) };
        return withScratch(scratch, 'fine-tune', (folder) =>
          attemptTraining(deps, input, stores, { folder, tell, progress, lease }),
        );
      }),
    );
  };
}

function claimant(): Claimant {
  const { workflowId, runId } = Context.current().info.workflowExecution ?? { workflowId: '', runId: '' };
  return { run: { workflowId, runId }, worker: hostname() };
}

/** Does the work under the claim, and frees the training however it ends: others need not wait for the lease to lapse. */
async function asOwner<R>(checkpoints: CheckpointStore, work: (lease: TrainingLease) => Promise<R>): Promise<R> {
  const lease = new TrainingLease(checkpoints, warn);
  try {
    const result = await work(lease);
    await lease.close();
    await checkpoints.clear();
    return result;
  } catch (error) {
    await lease.close();
    await checkpoints.end(howItEnded(error)).catch((reason: unknown) => warn(`the claim lapses: ${String(reason)}`));
    throw error;
  }
}

function howItEnded(error: unknown): NonNullable<TrainingAttempt['ended']> {
  const { cancellationSignal } = Context.current();
  const reason: unknown = cancellationSignal.reason;
  if (cancellationSignal.aborted)
    return reason instanceof Error && reason.message === 'WORKER_SHUTDOWN' ? 'preempted' : 'cancelled';
  return error instanceof ApplicationFailure && error.type === PREEMPTED ? 'preempted' : 'failed';
}

function warn(message: string): void {
  Context.current().log.warn(message);
}
