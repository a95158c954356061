/** kill -9 and outages in the middle of a whole run: it ends well, and nothing is done twice. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { fromJsonLines } from '../../activities/json-lines.ts';
import type { SupervisedWorker } from '../../cli/stack/workers.ts';
import { CPU_QUEUE } from '../../contracts/queues.ts';
import type { RetrainInput } from '../../contracts/retrain-input.ts';
import type { RunResult } from '../../contracts/run-result.ts';
import type { Pair } from '../../core/clean.ts';
import { retrain } from '../../workflows/retrain.ts';
import { resultOf, stepOf, until } from '../fixtures/run-observation.ts';
import { smallRun, writeRows } from '../fixtures/small-run.ts';
import { startTestStack, type TestStack } from '../fixtures/test-stack.ts';

type Run = WorkflowHandleWithFirstExecutionRunId<typeof retrain>;

let stack: TestStack;
let cpu: SupervisedWorker;
let input: RetrainInput;

before(async () => {
  stack = await startTestStack();
  [cpu] = await Promise.all([stack.startWorker('cpu'), stack.startWorker('gpu')]);
  await writeRows(stack.path('rows.jsonl'), 240);
  input = smallRun(stack.path('rows.jsonl'));
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

describe('kill -9', () => {
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

describe('servers that go away', () => {
  it('make the run wait, and go on when they are back', async () => {
    const run = await start('servers-away', { training: { ...input.training, seed: 9 } });
    await until('the training to have begun', async () => (await stepOf(run, 'fine-tune')).state === 'running');
    await stack.stopStore();
    await until('something to have noticed', async () => /not reachable/.test(await stack.logOf('worker-')));
    await stack.startStore();
    await stack.stopTemporal();
    await stack.startTemporal();
    const result = await resultOf(run);
    assert.ok(result.steps.every(({ state }) => state === 'done' || state === 'skipped'));
  });
});
