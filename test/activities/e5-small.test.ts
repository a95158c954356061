/** A real model with prefixes, multilingual-e5-small: its embeddings and its figures are those of the reference. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { createBuildIndex } from '../../activities/build-index.ts';
import { createEncodeSegment } from '../../activities/encode-segment.ts';
import { EncoderPool } from '../../activities/encoder-pool.ts';
import { createEvaluateRetrieval } from '../../activities/evaluate-retrieval.ts';
import { createPlanEmbedding } from '../../activities/plan-embedding.ts';
import { createSplitData } from '../../activities/split-data.ts';
import { parseRetrainInput } from '../../contracts/parse-input.ts';
import type { EncoderRef } from '../../contracts/steps.ts';
import { largestDifference } from '../../core/largest-difference.ts';
import { activityDeps, runActivity } from '../fixtures/activity-deps.ts';
import { encoderRefOf } from '../fixtures/encoder-ref.ts';
import { exportedEncoder, modelFolder } from '../fixtures/exported-encoder.ts';
import { FRENCH_LEGAL_TEXTS } from '../fixtures/french-legal-texts.ts';
import { referenceEmbeddings } from '../fixtures/reference-embeddings.ts';
import { assertSameFigures, referenceFigures } from '../fixtures/reference-figures.ts';
import { writeRows } from '../fixtures/small-run.ts';

const MAX_SEQ_LENGTH = 384;
const ROWS = 140;
const PREFIXES = { query: 'query: ', passage: 'passage: ' };

const deps = activityDeps();
const encoders = new EncoderPool(deps.artifacts, { folder: join(deps.folder, 'encoders'), threads: 2 });
let model: string;
let encoder: EncoderRef;

before(async () => {
  model = await modelFolder('e5-small');
  const files = await deps.artifacts.putFolder(await exportedEncoder('fp32', 'e5-small'));
  encoder = encoderRefOf(files, { dimensions: 384, maxSeqLength: MAX_SEQ_LENGTH });
});
after(() => encoders.dispose());

it('has the embeddings of sentence-transformers', async () => {
  const short = FRENCH_LEGAL_TEXTS.filter((text) => text.length < 300).slice(0, 50);
  assert.equal(short.length, 50);
  const texts = [...short, FRENCH_LEGAL_TEXTS.slice(0, 12).join('\n')].map(
    (text, index) => (index % 2 === 0 ? PREFIXES.query : PREFIXES.passage) + text,
  );
  const encode = async () => encoders.use(encoder, (opened) => opened.encode(texts));
  const { embeddings, truncated } = await runActivity(encode, undefined);
  assert.equal(truncated, 1);
  const difference = largestDifference(embeddings, await referenceEmbeddings(model, MAX_SEQ_LENGTH, texts));
  assert.ok(difference <= 1e-5, String(difference));
});

it('has the reference notebook’s figures with its prefixes', async () => {
  const source = join(deps.folder, 'rows.jsonl');
  await writeRows(source, ROWS);
  const config = parseRetrainInput({ preset: 'demo', data: { source }, embedding: { segmentTexts: 1_000 } });
  const { split, embedding, evaluation } = config;
  const { columns, limit, dropDuplicates } = config.data;
  const data = { ...(await deps.artifacts.putFile(source)), format: 'jsonl' as const };
  const needs = { trainRows: 1, testRows: 20 };
  const cut = { data, source, columns, limit, dropDuplicates, split, needs };
  const { test } = (await runActivity(createSplitData(deps), cut)).result;

  const embedded = { encoder, prefixes: PREFIXES, step: 'embed-base' as const };
  const planning = { ...embedded, rows: test, embedding, run: { workflowId: 'w', runId: 'r' } };
  const { plan } = await runActivity(createPlanEmbedding(deps), planning);
  assert.equal(plan?.segments, 1);
  await runActivity(createEncodeSegment({ ...deps, encoders }), { ...embedded, plan: plan.artifact, segment: 0 });
  const measured = { encoder, test, prefixes: PREFIXES };
  const indexing = { ...measured, factory: 'Flat', step: 'index-base' as const };
  const { result: index } = await runActivity(createBuildIndex(deps), indexing);
  const evaluating = { ...measured, index, evaluation, step: 'evaluate-base' as const };
  const { metrics } = (await runActivity(createEvaluateRetrieval(deps), evaluating)).result;

  const reference = { rows: source, model, maxSeqLength: MAX_SEQ_LENGTH, prefixes: PREFIXES };
  assertSameFigures(metrics, await referenceFigures(reference));
  assert.ok((metrics['retrieval/R@10'] ?? 0) > 0.8, 'it has learnt French');
});
