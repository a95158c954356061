/** The activity `fineTune` with the real trainer: what it goes on from, what it tells, and what it answers to failures. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import type { ApplicationFailure } from '@temporalio/activity';
import { createFineTune } from '../../activities/fine-tune.ts';
import { fromJsonLines } from '../../activities/json-lines.ts';
import type { FineTuneInput } from '../../contracts/activities.ts';
import { NON_FINITE_LOSS, OUT_OF_MEMORY, PREEMPTED, type TrainerFailureDetails } from '../../contracts/failures.ts';
import { loggedLoss } from '../../contracts/learning-notes.ts';
import type { RetrainInput } from '../../contracts/retrain-input.ts';
import type { FineTuneResult, StepOutcome } from '../../contracts/steps.ts';
import { activityDeps, runActivity, type TestDeps } from '../fixtures/activity-deps.ts';
import { program, ROOT } from '../fixtures/paths.ts';
import { until } from '../fixtures/run-observation.ts';
import { trainingInput } from '../fixtures/training-input.ts';

let deps: TestDeps;

/** None is open. */
const encoders = { closeUnused: async () => {} };

before(() => {
  const made = activityDeps();
  const environment = { PATH: process.env['PATH'] ?? '' };
  deps = {
    ...made,
    trainer: { python: program('python'), source: `${ROOT}trainer/src`, threads: 2, environment },
  };
});

function train(input: FineTuneInput): Promise<StepOutcome<FineTuneResult>> {
  return runActivity(createFineTune({ ...deps, encoders }), input);
}

/** Takes the machine away once a checkpoint of `step` is in the store. */
async function trainUntil(step: number, input: FineTuneInput): Promise<unknown> {
  const preemption = new AbortController();
  const training = runActivity(createFineTune({ ...deps, encoders, preemption: preemption.signal }), input);
  const folder = `/step-${String(step).padStart(8, '0')}/`;
  const stored = until(`a checkpoint of step ${step}`, async () =>
    deps.store.keys().some((key) => key.includes(folder)),
  ).then(() => preemption.abort());
  return Promise.all([training, stored]);
}

async function failureOf(training: Promise<unknown>): Promise<ApplicationFailure> {
  return training.then(
    () => assert.fail('the training ended well'),
    (error: unknown) => error as ApplicationFailure,
  );
}

const inputWith = (training: RetrainInput['training']): Promise<FineTuneInput> =>
  trainingInput(deps.artifacts, 60, { batchSize: 4, checkpointSteps: 1, logSteps: 1, ...training });

describe('fineTune', () => {
  it('names the step and the last good checkpoint when the loss is no number', async () => {
    // Where a query's positive is not the nearest, a gradient beyond float32 follows: rarely, with so small a batch.
    const input = await inputWith({ batchSize: 2, maxSteps: 200, scale: 1e38, seed: 2 });
    const failure = await failureOf(train(input));
    assert.equal(failure.type, NON_FINITE_LOSS);
    const [, failed, good] = /at step (\d+): .*last good checkpoint: step (\d+)/.exec(failure.message) ?? [];
    assert.ok(Number(good) > 0 && Number(good) < Number(failed), failure.message);
  });

  it('goes on in smaller parts from a checkpoint, and a later attempt does the same', async () => {
    const input = await inputWith({ maxSteps: 12 });
    assert.equal((await failureOf(trainUntil(3, input))).type, PREEMPTED);
    assert.equal((await failureOf(trainUntil(6, { ...input, memoryMicroBatch: 2 }))).type, PREEMPTED);

    const { result } = await train(input);
    assert.equal(result.memoryMicroBatch, 2);
    // Of the whole training, though this attempt began with weights that were trained already.
    assert.equal(result.learning?.weightsChanged, true);
    const logged = fromJsonLines<{ step: number; metrics: Record<string, number> }>(
      await deps.artifacts.getBytes(result.trainingLog),
    );
    assert.deepEqual(result.learning?.loss, loggedLoss(logged));
    const log = await deps.store.get('runs/w/w-run/metrics.jsonl');
    assert.ok(log);
    const lines = fromJsonLines<{ step: number; metrics: Record<string, number> }>(log.body);
    assert.deepEqual(
      lines.map(({ step }) => step),
      Array.from({ length: 12 }, (_, index) => index + 1),
    );
    assert.ok(lines.every(({ metrics }) => metrics['train/samples_per_second'] && metrics['train/memory_mib']));
  });

  it('says how many pairs a forward pass held when memory did not', async () => {
    const event = '{"type":"failed","error":"OutOfMemory","message":"CUDA out of memory","step":0}';
    const python = join(deps.folder, 'python');
    writeFileSync(python, `#!/bin/sh\necho '${event}' >&3; exit 1\n`, { mode: 0o755 });
    const input = await inputWith({ batchSize: 64, loss: 'cached-mnrl', seed: 1 });
    const activity = createFineTune({ ...deps, encoders, trainer: { ...deps.trainer, python } });
    for (const [change, microBatch] of [
      [{}, 32],
      [{ memoryMicroBatch: 8 }, 8],
      [{ training: { ...input.training, loss: 'mnrl' as const } }, 64],
      [{ training: { ...input.training, loss: 'mnrl' as const, processes: 4 } }, 16],
    ] as const) {
      const failure = await failureOf(runActivity(activity, { ...input, ...change }));
      assert.equal(failure.type, OUT_OF_MEMORY);
      const [details] = failure.details as [TrainerFailureDetails];
      assert.equal(details.microBatch, microBatch);
    }
  });
});
