/** Activity `fineTune`: trains on the GPU queue, from the newest checkpoint of the same training if there is one. */
import { CheckpointStore } from '../adapters/checkpoints/checkpoint-store.ts';
import type { FineTuneInput } from '../contracts/activities.ts';
import { fineTuneResult, type FineTuneResult, type StepOutcome } from '../contracts/steps.ts';
import { stepKey } from '../core/step-key.ts';
import type { ActivityDeps } from './deps.ts';
import type { EncoderPool } from './encoder-pool.ts';
import { withScratch } from './scratch.ts';
import { recallStep, runStep, type Step } from './step.ts';
import { metricLogOfRun } from './trainer-log.ts';
import { attemptTraining } from './training-attempt.ts';

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

export function createFineTune(deps: Deps) {
  const { artifacts, records, scratch, encoders } = deps;
  return async (input: FineTuneInput): Promise<StepOutcome<FineTuneResult>> => {
    const step = fineTuneStep(input);
    const checkpoints = new CheckpointStore(artifacts.objects, stepKey(step.identity));
    const stores = { checkpoints, metricLog: metricLogOfRun(artifacts) };
    const outcome = await runStep(records, step, async (tell) => {
      await encoders.closeUnused();
      return withScratch(scratch, 'fine-tune', (folder) => attemptTraining(deps, input, stores, { folder, tell }));
    });
    await checkpoints.clear();
    return outcome;
  };
}
