/** The whole DAG on the real servers with the real model: its figures, its second run, and a damaged store. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { parseRetrainInput } from '../../contracts/parse-input.ts';
import { parseRunRecord } from '../../cli/records/parse-record.ts';
import { retrieversOf } from '../../cli/records/retrievers.ts';
import type { EmbedInput } from '../../contracts/activities.ts';
import type { ArtifactRef } from '../../contracts/artifact.ts';
import { CPU_QUEUE } from '../../contracts/queues.ts';
import type { RetrainInput } from '../../contracts/retrain-input.ts';
import type { RunResult } from '../../contracts/run-result.ts';
import { Index } from '../../native/faiss/index.ts';
import { embed, type Embedded } from '../../workflows/embed.ts';
import { retrain } from '../../workflows/retrain.ts';
import { modelFolder } from '../fixtures/exported-encoder.ts';
import { assertSameFigures, referenceFigures } from '../fixtures/reference-figures.ts';
import { smallRun, writeRows } from '../fixtures/small-run.ts';
import { startTestStack, type TestStack } from '../fixtures/test-stack.ts';

const ROWS = 240;

let stack: TestStack;
let input: RetrainInput;
let first: RunResult;

async function run(workflowId: string, changes: RetrainInput = {}): Promise<RunResult> {
  const args: [RetrainInput] = [{ ...input, ...changes }];
  return stack.client.workflow.execute(retrain, { workflowId, taskQueue: CPU_QUEUE, args });
}

const cachedSteps = ({ steps }: RunResult) => steps.filter(({ cached }) => cached).map(({ name }) => name);
const computedSteps = ({ steps }: RunResult) => steps.filter(({ cached }) => cached === false).map(({ name }) => name);

before(async () => {
  stack = await startTestStack();
  await Promise.all([stack.startWorker('cpu'), stack.startWorker('gpu')]);
  await writeRows(stack.path('rows.jsonl'), ROWS);
  input = smallRun(stack.path('rows.jsonl'));
  first = await run('first');
});
after(() => stack.stop());

async function namesInTar(tar: Uint8Array): Promise<string[]> {
  const names: string[] = [];
  const entries = extract();
  Readable.from([tar]).pipe(entries);
  for await (const entry of entries) {
    names.push(entry.header.name);
    entry.resume();
  }
  return names;
}

describe('a run', () => {
  it('computes every step', () => {
    assert.deepEqual(cachedSteps(first), []);
    const left = first.steps.filter(({ state }) => state !== 'done').map(({ name, state }) => `${name} ${state}`);
    const unasked = ['read-guards', 'embed-champion', 'index-champion', 'evaluate-champion', 'embed-train'];
    assert.deepEqual(
      left,
      [...unasked, 'mine-negatives', 'guard-reference', 'guard-tuned'].map((name) => `${name} skipped`),
    );
  });

  it('has the reference notebook’s zero-shot figures', async () => {
    const rows = stack.path('rows.jsonl');
    assertSameFigures(
      first.metrics.base,
      await referenceFigures({ rows, model: await modelFolder(), maxSeqLength: 64 }),
    );
  });

  it('measures another model after the fine-tuning', () => {
    assert.notEqual(first.metrics.fineTuned['pairwise/mean_cos'], first.metrics.base['pairwise/mean_cos']);
    const { queries } = first.comparison;
    assert.equal(queries.better + queries.worse + queries.same, first.metrics.base['n_queries']);
  });

  it('stores an index that FAISS reads, with a vector a passage', async () => {
    const ref = first.artifacts['fine-tuned index (FAISS)'];
    assert.ok(ref);
    const index = await Index.fromBuffer(await stack.artifacts.getBytes(ref));
    assert.equal(index.ntotal, first.metrics.fineTuned['n_docs']);
  });

  it('leaves a W&B run directory that can be synced', async () => {
    assert.equal(first.tracking.state, 'offline');
    assert.ok(first.tracking.archive);
    const names = await namesInTar(await stack.artifacts.getBytes(first.tracking.archive));
    assert.ok(names.some((name) => /offline-run-[\w-]+\/run-[a-z0-9]+\.wandb$/.test(name)));
  });

  it('writes its record, with no secret in it', async () => {
    const { record } = first.artifacts;
    assert.ok(record);
    const text = Buffer.from(await stack.artifacts.getBytes(record)).toString('utf8');
    const parsed = JSON.parse(text) as { workflowId: string; metrics: RunResult['metrics'] };
    assert.equal(parsed.workflowId, 'first');
    assert.deepEqual(parsed.metrics, first.metrics);
    assert.ok(!text.includes(stack.stack.s3.secretAccessKey));
  });

  it('keeps what the trainer printed beside its record', async () => {
    const keys: string[] = [];
    for await (const { key } of stack.objects.list('runs/first/')) keys.push(key.split('/').at(-1) ?? '');
    const logsOf = (activity: string): string[] =>
      keys.filter((key) => new RegExp(`^${activity}-\\d+-1\\.log$`).test(key));
    assert.equal(logsOf('exportEncoder').length, 2, 'the base model and the fine-tuned one');
    assert.equal(logsOf('fineTune').length, 1);
    assert.ok(keys.includes('record.json'));
  });

  it('removes the checkpoints once the training is recorded', async () => {
    const left: string[] = [];
    for await (const { key } of stack.objects.list('checkpoints/')) left.push(key);
    assert.deepEqual(left, []);
  });

  it('keeps references in history, and no payload over 100 KiB', async () => {
    const { events } = await stack.client.workflow.getHandle('first').fetchHistory();
    const sizes = (events ?? []).map((event) => JSON.stringify(event).length);
    assert.ok(Math.max(...sizes) < 100 * 1_024);
  });
});

describe('the same run again', () => {
  it('ends as unchanged, with the first run’s result', async () => {
    const second = await run('second');
    assert.equal(second.unchangedSince?.workflowId, 'first');
    assert.deepEqual(computedSteps(second), []);
    assert.equal(second.texts.encoded, 0);
    assert.deepEqual(second.metrics, first.metrics);
    assert.deepEqual(second.gate, first.gate);
  });

  it('computes nothing, encodes nothing, and names the run that made each result, where the steps are walked', async () => {
    const second = await run('third', { promote: 'never' });
    assert.equal(second.unchangedSince, null);
    assert.deepEqual(computedSteps(second), ['promote'], 'a decision is made anew');
    assert.equal(second.texts.encoded, 0);
    assert.ok(second.texts.cached > 0);
    assert.deepEqual(second.metrics, first.metrics);
    const others = second.steps.filter(({ state, name }) => state !== 'skipped' && name !== 'promote');
    assert.ok(others.every(({ madeBy }) => madeBy?.workflowId === 'first'));
  });
});

describe('a damaged store', () => {
  /** Replaces an object by other bytes, as a failing disk or a careless person would. */
  async function damage(ref: ArtifactRef): Promise<void> {
    await stack.objects.delete([ref.key]);
    assert.ok(await stack.objects.putIfAbsent(ref.key, Buffer.alloc(ref.bytes, 7)));
  }

  it('is noticed by the record, and what was damaged is computed again to the same bytes', async () => {
    const ref = first.artifacts['base index (FAISS)'];
    assert.ok(ref);
    await damage(ref);
    const repaired = await run('repaired');
    assert.deepEqual(computedSteps(repaired), ['index-base', 'promote']);
    assert.deepEqual(repaired.metrics, first.metrics);
    assert.equal(await stack.artifacts.check(ref), 'ok');
  });

  it('has its lost embeddings encoded again, and only those', async () => {
    const segments: string[] = [];
    for await (const { key } of stack.objects.list('embeddings/')) segments.push(key);
    const [lost] = segments;
    assert.ok(lost);
    const ref = first.artifacts['test part'];
    assert.ok(ref);
    const texts = first.texts.encoded / segments.length;
    await stack.objects.delete([lost]);
    const repaired = await run('re-encoded', { approvalHours: 13 });
    assert.ok(repaired.texts.encoded > 0 && repaired.texts.encoded < 4 * texts);
    assert.deepEqual(repaired.metrics, first.metrics);
  });

  it('has a file re-made that only a reader found out to be corrupt', async () => {
    const split = first.artifacts['test part'];
    assert.ok(split);
    await damage(split);
    const repaired = await run('re-split', { evaluation: { seed: 7 } });
    assert.ok(computedSteps(repaired).includes('split'));
    assert.equal(await stack.artifacts.check(split), 'ok');
  });
});

describe('two runs that embed the same texts at the same time', () => {
  it('share the work: most segments are encoded by one of them', async () => {
    const { record, 'test part': rows } = first.artifacts;
    assert.ok(record && rows);
    const { base } = retrieversOf(parseRunRecord(await stack.artifacts.getBytes(record)));
    const { embedding } = parseRetrainInput({ ...input, embedding: { segmentTexts: 3 } });
    // Other prefixes, so other texts to the model: none of them is cached.
    const prefixes = { query: 'question : ', passage: 'réponse : ' };
    const embedAs = (workflowId: string): Promise<Embedded> => {
      const madeBy = { workflowId, runId: '' };
      const args: [EmbedInput] = [
        { encoder: base.encoder, rows, prefixes, embedding, step: 'embed-base', run: madeBy },
      ];
      return stack.client.workflow.execute(embed, { workflowId, taskQueue: CPU_QUEUE, args });
    };
    const [one, other] = await Promise.all([embedAs('one'), embedAs('other')]);
    const { texts } = one.outcome.result;
    assert.deepEqual(other.outcome.result, one.outcome.result);
    assert.ok(one.encoded > 0 && other.encoded > 0, `${one.encoded} and ${other.encoded} texts`);
    // Both may have a few segments in hand at the same time, no more.
    assert.ok(one.encoded + other.encoded < 1.5 * texts, `${one.encoded} + ${other.encoded} of ${texts} texts`);
  });
});

describe('every log', () => {
  it('is free of the store’s secret', async () => {
    for (const name of ['worker-cpu', 'worker-gpu']) {
      const log = await readFile(stack.path(`logs/${name}.log`), 'utf8');
      assert.ok(log.includes('worker ready'));
      assert.ok(!log.includes(stack.stack.s3.secretAccessKey));
    }
  });
});
