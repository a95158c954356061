/** kill -9, outages and a failing store in the middle of a whole run: it ends well, and nothing is done twice. */
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
import { FaultProxy } from '../fixtures/fault-proxy.ts';
import { mixFaults } from '../fixtures/mixed-faults.ts';
import { resultOf, stepOf, until } from '../fixtures/run-observation.ts';
import { smallRun, writeRows } from '../fixtures/small-run.ts';
import { startTestStack, type TestStack } from '../fixtures/test-stack.ts';

type Run = WorkflowHandleWithFirstExecutionRunId<typeof retrain>;

let stack: TestStack;
let cpu: SupervisedWorker;
let gpu: SupervisedWorker;
let input: RetrainInput;
let killed: RunResult;

before(async () => {
  stack = await startTestStack();
  [cpu, gpu] = await Promise.all([stack.startWorker('cpu'), stack.startWorker('gpu')]);
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

const KILLED: RetrainInput = { model: { maxSeqLength: 72 } };

/** Of what a run has made; its record has times. */
function digestsOf({ artifacts }: RunResult): Record<string, string> {
  const { record: _, ...made } = artifacts;
  return Object.fromEntries(Object.entries(made).map(([name, { sha256 }]) => [name, sha256]));
}

describe('kill -9', () => {
  it('of the CPU worker in mid-embedding: at most the segments in hand are encoded again', async () => {
    const stored = await countTexts();
    const run = await start('cpu-killed', KILLED);
    await until('a first segment in the store', async () => (await countTexts()) > stored);
    process.kill(cpu.pid(), 'SIGKILL');
    const result = await run.result();
    killed = result;
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

describe('a store that fails in every way, at one request in twenty', () => {
  it('changes no result', async () => {
    const { hostname: host, port } = new URL(stack.stack.s3.endpoint);
    const proxy = await FaultProxy.before({ host, port: Number(port) });
    try {
      await Promise.all([cpu.stop(), gpu.stop()]);
      const faults = mixFaults(0.05, 1);
      proxy.fault = faults.fault;
      // Under a prefix of its own, so that nothing is recalled.
      const variables = { S3_ENDPOINT: proxy.endpoint, S3_PREFIX: 'disturbed/' };
      await Promise.all([
        stack.startWorker('cpu', 'disturbed-cpu', variables),
        stack.startWorker('gpu', 'disturbed-gpu', variables),
      ]);
      const disturbed = await (await start('disturbed', KILLED)).result();
      assert.ok(faults.count() > 10, `${faults.count()} faults`);
      assert.deepEqual(digestsOf(disturbed), digestsOf(killed));
    } finally {
      await proxy.stop();
    }
  });
});
