/** A whole run on a model of BGE-M3's shape: pickled weights in, external data through store, worker and session. */
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createEncoder } from '../../adapters/encoder/create-encoder.ts';
import { parseRunRecord } from '../../cli/records/parse-record.ts';
import { type Retriever, retrieversOf } from '../../cli/records/retrievers.ts';
import { CPU_QUEUE } from '../../contracts/queues.ts';
import type { RunResult } from '../../contracts/run-result.ts';
import { largestDifference } from '../../core/largest-difference.ts';
import { retrain } from '../../workflows/retrain.ts';
import { builtModel } from '../fixtures/built-model.ts';
import { FRENCH_LEGAL_TEXTS } from '../fixtures/french-legal-texts.ts';
import { referenceEmbeddings } from '../fixtures/reference-embeddings.ts';
import { assertSameFigures, referenceFigures } from '../fixtures/reference-figures.ts';
import { smallRun, writeRows } from '../fixtures/small-run.ts';
import { startTestStack, type TestStack } from '../fixtures/test-stack.ts';

const ROWS = 140;
const MAX_SEQ_LENGTH = 384;
/** The last one is cut at the maximum. */
const TEXTS = [...FRENCH_LEGAL_TEXTS.slice(0, 30), FRENCH_LEGAL_TEXTS.slice(0, 12).join('\n')];

let stack: TestStack;
let model: string;
let result: RunResult;
let retrievers: ReturnType<typeof retrieversOf>;

before(async () => {
  stack = await startTestStack();
  model = await builtModel('bge-m3-narrow');
  const cpu = stack.startWorker('cpu', 'cpu', { VEILLE_MODEL_ROOTS: dirname(model) });
  await Promise.all([cpu, stack.startWorker('gpu')]);
  await writeRows(stack.path('rows.jsonl'), ROWS);
  const input = {
    ...smallRun(stack.path('rows.jsonl'), {
      maxSteps: 2,
      evalSteps: 2,
      learningRate: 1e-3,
      gradientCheckpointing: true,
    }),
    model: { source: model, maxSeqLength: MAX_SEQ_LENGTH },
    tracking: { mode: 'none' },
  } as const;
  result = await stack.client.workflow.execute(retrain, { workflowId: 'bge', taskQueue: CPU_QUEUE, args: [input] });
  const { record } = result.artifacts;
  assert.ok(record);
  retrievers = retrieversOf(parseRunRecord(await stack.artifacts.getBytes(record)));
});
after(() => stack.stop());

/** As a worker does it: laid out from the store, as links to its cache. */
async function embed({ encoder }: Retriever): Promise<Float32Array> {
  const folder = stack.path(encoder.digest);
  await stack.artifacts.getFolder(encoder.files, folder);
  assert.ok((await stat(join(folder, 'model.onnx.data'))).nlink > 1);
  const opened = await createEncoder({ folder, threads: 2 });
  try {
    return (await opened.encode(TEXTS)).embeddings;
  } finally {
    await opened.dispose();
  }
}

describe('a run on a model of BGE-M3’s shape', () => {
  it('has the reference notebook’s zero-shot figures', async () => {
    const rows = stack.path('rows.jsonl');
    assertSameFigures(result.metrics.base, await referenceFigures({ rows, model, maxSeqLength: MAX_SEQ_LENGTH }));
  });

  it('has stored an encoder whose embeddings are those of sentence-transformers', async () => {
    const reference = await referenceEmbeddings(model, MAX_SEQ_LENGTH, TEXTS);
    const difference = largestDifference(await embed(retrievers.base), reference);
    assert.ok(difference <= 1e-5, String(difference));
  });

  it('has stored another one after the fine-tuning, which shares the graph and not the weights', async () => {
    assert.ok(largestDifference(await embed(retrievers.fineTuned), await embed(retrievers.base)) > 1e-4);
    const { artifacts } = result;
    assert.deepEqual(artifacts['fine-tuned encoder (ONNX)'], artifacts['base encoder (ONNX)']);
    const weights = ['fine-tuned', 'base'].map((name) => artifacts[`${name} encoder (weights)`]);
    assert.notEqual(weights[0]?.sha256, weights[1]?.sha256);
    // Those of the vocabulary alone are more.
    for (const ref of weights) assert.ok((ref?.bytes ?? 0) > 4 * 64 * 250_002);
  });
});
