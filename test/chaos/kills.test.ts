/** kill -9 and outages in the middle of the work: the same run ends well, and nothing is done twice. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { fromJsonLines } from '../../activities/json-lines.ts';
import type { SupervisedWorker } from '../../cli/stack/workers.ts';
import { PREEMPTED } from '../../contracts/failures.ts';
import { CPU_QUEUE } from '../../contracts/queues.ts';
import type { RetrainInput } from '../../contracts/retrain-input.ts';
import type { RunResult } from '../../contracts/run-result.ts';
import type { Pair } from '../../core/clean.ts';
import { retrain } from '../../workflows/retrain.ts';
import { heartbeatOf, stepOf, until } from '../fixtures/run-observation.ts';
import { smallRun, writeRows } from '../fixtures/small-run.ts';
import { startTestStack, type TestStack } from '../fixtures/test-stack.ts';

type Run = WorkflowHandleWithFirstExecutionRunId<typeof retrain>;

let stack: TestStack;
let cpu: SupervisedWorker;
let gpu: SupervisedWorker;
let input: RetrainInput;

before(async () => {
  stack = await startTestStack();
  [cpu, gpu] = await Promise.all([stack.startWorker('cpu'), stack.startWorker('gpu')]);
  await writeRows(stack.path('rows.jsonl'), 240);
  // Enough steps that a kill falls between the first checkpoint and the last step.
  input = smallRun(stack.path('rows.jsonl'), { maxSteps: 12 });
});
after(() => stack.stop());

function start(workflowId: string, changes: RetrainInput = {}): Promise<Run> {
  return stack.client.workflow.start(retrain, { workflowId, taskQueue: CPU_QUEUE, args: [{ ...input, ...changes }] });
}

/** Texts that the store has embeddings of, over all encoders. */
async function countTexts(): Promise<number> {
  let texts = 0;
  for await (const { bytes } of stack.objects.list('embeddings/')) texts += Math.floor(bytes / (32 + 384 * 4));
  return texts;
}

async function distinctTexts({ artifacts }: RunResult): Promise<number> {
  const { 'test part': part } = artifacts;
  assert.ok(part);
  const pairs = fromJsonLines<Pair>(await stack.artifacts.getBytes(part));
  return new Set(pairs.flatMap(({ query, positive }) => [query, positive])).size;
}

/** The last attempt of each activity of a run, and the type of failure that the one before it ended with. */
async function attempts(run: Run): Promise<{ attempt: number; failure: string | null }[]> {
  const { events } = await run.fetchHistory();
  const started = (events ?? []).flatMap((event) => event.activityTaskStartedEventAttributes ?? []);
  return started.map(({ attempt, lastFailure }) => ({
    attempt: attempt ?? 1,
    failure: lastFailure?.applicationFailureInfo?.type ?? null,
  }));
}

describe('kill -9', () => {
  it('of the GPU worker in mid-training: the run ends well on a new worker, from a checkpoint', async () => {
    const run = await start('gpu-killed');
    await until('a checkpoint in the store', async () => {
      for await (const { key } of stack.objects.list('checkpoints/')) if (key.endsWith('latest.json')) return true;
      return false;
    });
    await until('the training to be past its first checkpoint', async () => {
      const details = await heartbeatOf(run, 'fineTune');
      return details !== null && details.done >= 3;
    });
    process.kill(gpu.pid(), 'SIGKILL');
    const result = await run.result();
    assert.equal(result.steps.find(({ name }) => name === 'fine-tune')?.state, 'done');
    assert.equal(result.texts.encoded, await countTexts(), 'no text is encoded twice');

    assert.ok(
      (await attempts(run)).some(({ attempt }) => attempt > 1),
      'the training was attempted again',
    );
    const log = await stack.logOf('worker-gpu');
    assert.match(log, /training goes on from a checkpoint/);
  });

  it('of the CPU worker in mid-embedding: at most the segments in hand are encoded again', async () => {
    const stored = await countTexts();
    const run = await start('cpu-killed', { model: { maxSeqLength: 72 } });
    await until('a first segment in the store', async () => (await countTexts()) > stored);
    process.kill(cpu.pid(), 'SIGKILL');
    const result = await run.result();
    // Two encoders; a segment that was stored but not reported when the worker died counts as found, not as encoded.
    assert.equal((await countTexts()) - stored, 2 * (await distinctTexts(result)), 'every text is in the store once');
    assert.ok(result.texts.encoded <= (await countTexts()) - stored);
  });
});

describe('SIGTERM', () => {
  it('to the GPU worker is a preemption: saved, and gone on with, without a trainer error', async () => {
    const run = await start('gpu-preempted', { training: { ...input.training, seed: 7 } });
    await until('the training to have begun', async () => {
      const details = await heartbeatOf(run, 'fineTune');
      return details !== null && details.done >= 1 && details.done < 10;
    });
    process.kill(gpu.pid(), 'SIGTERM');
    const result = await run.result();
    const fineTune = result.steps.find(({ name }) => name === 'fine-tune');
    assert.equal(fineTune?.state, 'done');
    const preempted = (await attempts(run)).filter(({ failure }) => failure === PREEMPTED);
    assert.equal(preempted.length, 1);
  });
});

describe('an object store that goes away', () => {
  it('makes the run wait, and go on when it is back', async () => {
    const run = await start('store-away', { training: { ...input.training, seed: 9 } });
    await until('the training to have begun', async () => (await stepOf(run, 'fine-tune')).state === 'running');
    await stack.stopStore();
    await until('something to have noticed', async () => /not reachable/.test(await stack.logOf('worker-')));
    await stack.startStore();
    const result = await run.result();
    assert.ok(result.steps.every(({ state }) => state === 'done'));
  });
});
