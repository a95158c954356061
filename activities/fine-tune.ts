/** Activity `fineTune`: trains on the GPU queue, from the newest checkpoint of the same training if there is one; of several runs, one. */
import { hostname } from 'node:os';
import { ApplicationFailure, Context } from '@temporalio/activity';
import { CheckpointStore } from '../adapters/checkpoints/checkpoint-store.ts';
import { TrainingHeldError, type Claimant } from '../adapters/checkpoints/training-claim.ts';
import type { CodeDigests } from '../adapters/machine/code-digests.ts';
import type { FineTuneInput } from '../contracts/activities.ts';
import { PREEMPTED } from '../contracts/failures.ts';
import {
  fineTuneResult,
  type Arithmetic,
  type FineTuneResult,
  type StepOutcome,
  type TrainingAttempt,
} from '../contracts/steps.ts';
import { stepKey, type StepIdentity } from '../core/step-key.ts';
import type { ActivityDeps } from './deps.ts';
import type { EncoderPool } from './encoder-pool.ts';
import { withScratch } from './scratch.ts';
import { recallStep, runStep, type Step } from './step.ts';
import { metricLogOfRun } from './trainer-log.ts';
import { chooseArithmetic, possibleArithmetics, UnfitWorkerError } from './training-arithmetic.ts';
import { attemptTraining } from './training-attempt.ts';
import { TrainingLease } from './training-lease.ts';
import { claimSeenBefore, TrainingProgress } from './training-progress.ts';

type TrainerCode = Pick<CodeDigests, 'trainer'>;

type Deps = Pick<
  ActivityDeps,
  'artifacts' | 'records' | 'trainer' | 'code' | 'trainingDevice' | 'scratch' | 'preemption'
> & {
  readonly encoders: Pick<EncoderPool, 'closeUnused'>;
};

/**
 * The step as it is computed in one arithmetic: bits differ between precisions, and between a CPU and a GPU, so each has
 * a key of its own.
 */
export function fineTuneStep(input: FineTuneInput, code: TrainerCode, arithmetic: Arithmetic): Step<FineTuneResult> {
  const { parameters, ...identity } = requested(input, code);
  return { identity: { ...identity, parameters: { ...parameters, arithmetic } }, schema: fineTuneResult };
}

/** All steps that answer the input: a training is recorded as one of them. */
export function fineTuneSteps(input: FineTuneInput, code: TrainerCode): readonly Step<FineTuneResult>[] {
  return possibleArithmetics(input.training.precision).map((arithmetic) => fineTuneStep(input, code, arithmetic));
}

/**
 * Names the training before it is known what it is computed in: its first attempt decides that for all, so they must
 * share one claim.
 */
export function trainingKey(input: FineTuneInput, code: TrainerCode): string {
  return stepKey(requested(input, code));
}

function requested(
  { model, train, dev, prefixes, maxSeqLength, training }: FineTuneInput,
  { trainer }: TrainerCode,
): StepIdentity {
  // How often a checkpoint is saved, and when a trainer counts as hung, change nothing of what is trained. Nor is the
  // micro-batch of a small memory part of the key: a retry with less resumes from the same checkpoints.
  const { checkpointSteps: _, checkpointSeconds: __, hangSeconds: ___, ...recipe } = training;
  return {
    name: 'fine-tune',
    version: 3,
    code: trainer,
    inputs: { model: model.digest, train: train.sha256, dev: dev.sha256 },
    parameters: { prefixes, maxSeqLength, training: recipe },
  };
}

async function recallTraining(
  { records, code }: Pick<ActivityDeps, 'records' | 'code'>,
  input: FineTuneInput,
): Promise<StepOutcome<FineTuneResult> | null> {
  for (const step of fineTuneSteps(input, code)) {
    const recalled = await recallStep(records, step);
    if (recalled) return recalled;
  }
  return null;
}

/** Activity `recallFineTune`: the recorded training, looked up where no GPU is needed. */
export function createRecallFineTune(deps: Pick<ActivityDeps, 'records' | 'code'>) {
  return (input: FineTuneInput): Promise<StepOutcome<FineTuneResult> | null> => recallTraining(deps, input);
}

/**
 * Trains, or waits for another run that trains the same: it fails with `TrainedElsewhere` then, so that the device is
 * free, and is tried again after a lease.
 */
export function createFineTune(deps: Deps) {
  const { artifacts, code } = deps;
  return async (input: FineTuneInput): Promise<StepOutcome<FineTuneResult>> => {
    const progress = new TrainingProgress();
    progress.preparing('looking for a result');
    const recorded = await recallTraining(deps, input);
    const checkpoints = new CheckpointStore(artifacts.objects, trainingKey(input, code));
    try {
      const choose = (pinned: Arithmetic | null): Arithmetic =>
        chooseArithmetic(input.training.precision, deps.trainingDevice, pinned);
      await checkpoints.claim(claimant(), { seen: claimSeenBefore(), choose });
    } catch (error) {
      const isElsewhere = error instanceof TrainingHeldError || error instanceof UnfitWorkerError;
      if (isElsewhere && recorded) return recorded;
      if (isElsewhere) await progress.waiting(error);
      throw error;
    }
    return asOwner(
      checkpoints,
      // Looks for the record again: another run may have finished between the look before and the claim.
      async (lease) => (await recallTraining(deps, input)) ?? trained(deps, input, { checkpoints, progress, lease }),
    );
  };
}

interface Owner {
  readonly checkpoints: CheckpointStore;
  readonly progress: TrainingProgress;
  readonly lease: TrainingLease;
}

function trained(
  deps: Deps,
  input: FineTuneInput,
  { checkpoints, progress, lease }: Owner,
): Promise<StepOutcome<FineTuneResult>> {
  const { artifacts, records, code, scratch, encoders } = deps;
  const { arithmetic } = checkpoints;
  return runStep(records, fineTuneStep(input, code, arithmetic), async (tell) => {
    if (claimSeenBefore() !== null) await progress.tookOver();
    await encoders.closeUnused();
    const stores = { checkpoints, metricLog: metricLogOfRun(artifacts) };
    return withScratch(scratch, 'fine-tune', (folder) =>
      attemptTraining(deps, input, stores, { folder, tell, progress, lease, arithmetic }),
    );
  });
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
