/** A sweep on the real servers with the real model: what it shares, what it looks at, and what a second one computes. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { show } from '../../cli/commands/show.ts';
import { sweep as sweepCommand } from '../../cli/commands/sweep.ts';
import { showSweep } from '../../cli/commands/sweep/show.ts';
import { embedResult, stepRecord, type StepRecord } from '../../contracts/steps.ts';
import type { SweepInput } from '../../contracts/sweep-input.ts';
import type { SweepResult } from '../../contracts/sweep-result.ts';
import { openSession, type Session } from '../fixtures/cli-session.ts';
import { smallRun, writeRows } from '../fixtures/small-run.ts';
import { startTestStack, type TestStack } from '../fixtures/test-stack.ts';

const HARD_NEGATIVES = { rangeMin: 2, rangeMax: 20 };

let stack: TestStack;
let first: SweepResult;
let printed: string;

before(async () => {
  stack = await startTestStack();
  await Promise.all([stack.startWorker('cpu'), stack.startWorker('gpu')]);
  await writeRows(stack.path('rows.jsonl'), 140);
  const training = { maxSteps: 2, evalSteps: 2, hardNegatives: HARD_NEGATIVES };
  const input: SweepInput = {
    base: smallRun(stack.path('rows.jsonl'), training),
    list: [{ learningRate: 1e-5 }, { learningRate: 1e-3 }, { learningRate: 1e-3, hardNegatives: false }],
    parallelism: 3,
  };
  await writeFile(stack.path('sweep.json'), JSON.stringify(input));
  ({ result: first, printed } = await sweep('first'));
});
after(() => stack.stop());

function session(): Session {
  return openSession({ address: stack.stack.temporal.address, client: stack.client });
}

async function sweep(id: string): Promise<{ result: SweepResult; printed: string }> {
  const { context, out } = session();
  await sweepCommand(context, { id, priority: 'normal', config: stack.path('sweep.json'), watch: true });
  const result = await stack.client.workflow.getHandle<() => Promise<SweepResult>>(id).result();
  return { result, printed: out() };
}

async function keys(prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of stack.objects.list(prefix)) found.push(key);
  return found;
}

async function recordsOf(step: string): Promise<StepRecord[]> {
  const stored = await Promise.all((await keys(`steps/${step}/`)).map((key) => stack.objects.get(key)));
  return stored.map((object) => stepRecord.parse(JSON.parse(Buffer.from(object?.body ?? []).toString('utf8'))));
}

const makers = (records: readonly StepRecord[]): string[] => records.map(({ madeBy }) => madeBy.workflowId).sort();

describe('a sweep', () => {
  it('trains each trial, and takes the best on the dev part', () => {
    assert.ok(first.trials.every(({ state }) => state === 'done'));
    const figures = first.trials.map(({ result }) => result?.metrics['dev/ndcg@10'] ?? Number.NaN);
    assert.equal(figures[first.winner.trial - 1], Math.max(...figures));
    assert.ok(new Set(figures).size > 1, `recipes as different as these differ on the dev part: ${figures.join(', ')}`);
  });

  it('encodes for three trials and the winner what one run encodes', async () => {
    const embedded = (await recordsOf('embed')).map(({ result, madeBy }) => ({
      texts: embedResult.parse(result).texts,
      by: madeBy.workflowId,
    }));
    assert.deepEqual(
      embedded.map(({ by }) => by).sort(),
      ['first', 'first/winner', 'first/winner'],
      'the train part by the sweep; the test part by the winner, with the base model and with its own',
    );
    const texts = embedded.reduce((sum, { texts: count }) => sum + count, 0);
    assert.equal(first.texts.encoded + first.run.texts.encoded, texts);
    assert.ok(first.trials.every(({ result }) => result?.texts.encoded === 0));
  });

  it('splits, exports and resolves once, and mines once for each way to mine', async () => {
    assert.deepEqual(makers(await recordsOf('split')), ['first']);
    assert.deepEqual(makers(await recordsOf('export')), ['first', 'first/winner']);
    assert.deepEqual(makers(await recordsOf('resolve')), ['first']);
    assert.equal((await recordsOf('mine-negatives')).length, 1);
  });

  it('looks at the test part for the winner alone, whose training it recalls', async () => {
    assert.deepEqual(makers(await recordsOf('evaluate')), ['first/winner', 'first/winner']);
    assert.deepEqual(makers(await recordsOf('bm25')), ['first/winner']);
    assert.deepEqual(makers(await recordsOf('fine-tune')), ['first/1', 'first/2', 'first/3']);
    const training = first.run.steps.find(({ name }) => name === 'fine-tune');
    assert.equal(training?.cached, true);
    assert.equal(training.madeBy?.workflowId, `first/${first.winner.trial}`);
  });

  it('says as it goes what each trial came to, and prints the table and the winner’s report', () => {
    assert.match(printed, /trial 2 \(learningRate 0\.001\) done \(computed\): dev\/ndcg@10 0\.\d{4}/);
    assert.match(printed, new RegExp(`★ ${first.winner.trial} .* computed$`, 'm'));
    assert.match(printed, /Winner, first\/winner: the only look at the test part\nmetric /);
  });

  it('is shown again, and is told from a run', async () => {
    const { context, out } = session();
    await showSweep(context, 'first', {});
    assert.match(out(), /★ Trial \d is the best by dev\/ndcg@10/);
    await assert.rejects(show(context, 'first', {}), /first is a sweep: see it with `veille sweep show first`/);
    await assert.rejects(show(context, 'first/2', {}), /first\/2 was a trial: .*`veille sweep show first`/);
    await assert.rejects(showSweep(context, 'first/winner', {}), /first\/winner is no sweep/);
  });

  it('keeps references and figures in history, and no payload over 100 KiB', async () => {
    const { events } = await stack.client.workflow.getHandle('first').fetchHistory();
    const sizes = (events ?? []).map((event) => JSON.stringify(event).length);
    assert.ok(Math.max(...sizes) < 100 * 1_024);
    assert.ok(sizes.length < 150, `${sizes.length} events for three trials`);
  });
});

describe('the same sweep again', () => {
  it('computes nothing, encodes nothing, and has the same winner', async () => {
    const stored = async (): Promise<string[]> =>
      (await Promise.all(['steps/', 'artifacts/', 'embeddings/'].map(keys))).flat();
    const kept = await stored();
    const { result } = await sweep('second');
    assert.ok(result.trials.every(({ result: trial }) => trial?.training.cached));
    assert.equal(result.texts.encoded + result.run.texts.encoded, 0);
    assert.equal(result.winner.trial, first.winner.trial);
    assert.equal(result.run.unchangedSince?.workflowId, 'first/winner');
    assert.deepEqual(result.run.metrics, first.run.metrics);
    assert.deepEqual(await stored(), kept);
  });
});
