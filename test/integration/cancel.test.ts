/** A run that is cancelled while it trains, on the real servers: it stops at once, and nothing of its work is lost. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { WorkflowFailedError } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { CheckpointStore } from '../../adapters/checkpoints/checkpoint-store.ts';
import { TrainingHeldError } from '../../adapters/checkpoints/training-claim.ts';
import type { SupervisedWorker } from '../../cli/stack/workers.ts';
import { CPU_QUEUE } from '../../contracts/queues.ts';
import { retrain } from '../../workflows/retrain.ts';
import { CLAIMANT } from '../fixtures/claimant.ts';
import { until } from '../fixtures/run-observation.ts';
import { smallRun, writeRows } from '../fixtures/small-run.ts';
import { startTestStack, type TestStack } from '../fixtures/test-stack.ts';
import { trainerOf } from '../fixtures/trainer-pid.ts';

describe('a run that is cancelled while it trains', () => {
  let stack: TestStack;
  let gpu: SupervisedWorker;

  before(async () => {
    stack = await startTestStack();
    [gpu] = await Promise.all([
      stack.startWorker('gpu'),
      stack.startWorker('cpu'),
      writeRows(stack.path('rows.jsonl'), 160),
    ]);
  });
  after(() => stack.stop());

  async function savedTrainings(): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of stack.objects.list('checkpoints/')) keys.push(key);
    return keys.filter((key) => key.endsWith('/latest.json')).map((key) => key.split('/')[1] ?? '');
  }

  /** The cancelled attempt frees it once its last checkpoint is stored. */
  async function isFree(checkpoints: CheckpointStore): Promise<boolean> {
    try {
      await checkpoints.claim(CLAIMANT);
      return true;
    } catch (error) {
      if (error instanceof TrainingHeldError) return false;
      throw error;
    }
  }

  async function newestStep(training: string): Promise<number | null> {
    const checkpoints = new CheckpointStore(stack.objects, training);
    await until('the training to be free', () => isFree(checkpoints));
    const checkpoint = await checkpoints.download(stack.path(`checkpoint-${training}`), (message) =>
      assert.fail(message),
    );
    return checkpoint?.step ?? null;
  }

  it('ends with its trainer, and leaves a whole checkpoint', async (t) => {
    // More steps than it will ever take.
    const input = smallRun(stack.path('rows.jsonl'), { maxSteps: 10_000, evalSteps: 10_000 });
    const handle = await stack.client.workflow.start(retrain, {
      workflowId: 'cancelled',
      taskQueue: CPU_QUEUE,
      args: [input],
    });
    const isSaved = async (): Promise<boolean> => {
      const metrics = stack.objects.list('runs/cancelled/');
      for await (const { key } of metrics) if (key.endsWith('/metrics.jsonl')) return true;
      return false;
    };
    await until('a first checkpoint', isSaved);
    const cancelled = performance.now();
    await handle.cancel();
    await assert.rejects(
      handle.result(),
      (error) => error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure,
    );
    const ended = performance.now();
    await until('the trainer to end', async () => trainerOf(gpu.pid()) === null);
    const stopped = performance.now();
    t.diagnostic(`run ended after ${seconds(ended - cancelled)}, trainer after ${seconds(stopped - cancelled)}`);
    const [training] = await savedTrainings();
    assert.ok(training);
    assert.ok(((await newestStep(training)) ?? 0) >= 2, 'a checkpoint of some steps is whole');
  });
});

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`;
}
