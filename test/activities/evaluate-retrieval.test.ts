/** `evaluateRetrieval`, `evaluateBm25` and `evaluateGuards` where passages are exactly as near: one order in all of them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createBuildIndex } from '../../activities/build-index.ts';
import { measureBm25 } from '../../activities/evaluate-bm25.ts';
import { createEvaluateGuards, type GuardQueryEvaluation } from '../../activities/evaluate-guards.ts';
import {
  createEvaluateRetrieval,
  measureRetrieval,
  type QueryEvaluation,
} from '../../activities/evaluate-retrieval.ts';
import { fromJsonLines, toJsonLines } from '../../activities/json-lines.ts';
import { readPartTexts } from '../../activities/part-texts.ts';
import { NumpyGenerator } from '../../core/numpy-random/generator.ts';
import { buildQrels } from '../../core/qrels.ts';
import { activityDeps, runActivity, type TestDeps } from '../fixtures/activity-deps.ts';
import { cacheEmbeddings } from '../fixtures/cached-embeddings.ts';
import { encoderRefOf } from '../fixtures/encoder-ref.ts';
import { fakeFileSet } from '../fixtures/fake-ref.ts';

const DIMENSIONS = 4;
const PREFIXES = { query: 'query: ', passage: 'passage: ' };
const PAIRS = 60;
const OPTIONS = { seed: 123, miniNegatives: PAIRS - 1, bm25: true };
const encoder = encoderRefOf(fakeFileSet('model.onnx'), { dimensions: DIMENSIONS, maxSeqLength: 8 });

/** The passages of three questions have one vector, and one bag of words; more groups tie than a search has places. */
const rows = Array.from({ length: PAIRS }, (_, row) => ({
  query: `wort${row % 20} frage ${row}`,
  positive: `wort${row % 20} satz${String.fromCharCode(97 + Math.floor(row / 20))}`,
}));

const generator = new NumpyGenerator(3);
const DRAWN = Array.from({ length: 20 }, () => {
  const values = [...generator.random(DIMENSIONS)].map((value) => value - 0.5);
  return values.map((value) => Math.fround(value / Math.hypot(...values)));
});
const VECTORS = new Map(
  rows.flatMap(({ query, positive }, row) => [
    [`query: ${query}`, DRAWN[(row * 7) % 20]!],
    [`passage: ${positive}`, DRAWN[row % 20]!],
  ]),
);

/** Each query's rank by a comparison with every passage: the nearer first, of equally near ones the earlier. */
const RANKS = rows.map(({ query }, row) => {
  const nearness = rows.map(({ positive }) =>
    VECTORS.get(`query: ${query}`)!.reduce(
      (sum, value, at) => sum + value * VECTORS.get(`passage: ${positive}`)![at]!,
      0,
    ),
  );
  return 1 + nearness.filter((other, at) => other > nearness[row]! || (other === nearness[row]! && at < row)).length;
});

async function prepare() {
  const deps = activityDeps();
  await cacheEmbeddings(deps, encoder, VECTORS);
  const test = { ...(await deps.artifacts.putBytes(toJsonLines(rows))), rows: rows.length };
  return { deps, measured: { encoder, test, prefixes: PREFIXES } };
}

async function retrieved({ deps, measured }: Awaited<ReturnType<typeof prepare>>, factory: string) {
  const indexing = { ...measured, factory, step: 'index-base' as const };
  const { result: index } = await runActivity(createBuildIndex(deps), indexing);
  const evaluating = { ...measured, index, evaluation: OPTIONS, step: 'evaluate-base' as const };
  const { result } = await runActivity(createEvaluateRetrieval(deps), evaluating);
  return { index, perQuery: await perQueryOf<QueryEvaluation>(deps, result.perQuery) };
}

async function perQueryOf<T>(deps: TestDeps, ref: Parameters<TestDeps['artifacts']['getBytes']>[0]): Promise<T[]> {
  return fromJsonLines<T>(await deps.artifacts.getBytes(ref));
}

const amongTen = RANKS.map((rank) => (rank <= 10 ? rank : null));

describe('passages that are exactly as near', () => {
  it('rank in the order of the corpus in retrieval, whatever the kind of index', async () => {
    const prepared = await prepare();
    assert.ok(new Set(RANKS.map((rank, row) => `${row % 20} ${rank}`)).size === PAIRS, 'every tie counts');
    assert.deepEqual(
      (await retrieved(prepared, 'Flat')).perQuery.map(({ rank }) => rank),
      amongTen,
    );
    const { perQuery } = await retrieved(prepared, 'HNSW32');
    const found = perQuery.flatMap(({ rank }, row) => (rank === null || rank === RANKS[row] ? [] : [row]));
    assert.deepEqual(
      found.filter((row) => RANKS[row]! <= 8),
      [],
      'those that the cut after ten can not have split',
    );
  });

  it('rank so in mini retrieval, where every other passage is a rival', async () => {
    const { perQuery } = await retrieved(await prepare(), 'Flat');
    assert.deepEqual(
      perQuery.map(({ miniRank }) => miniRank),
      RANKS,
    );
  });

  it('rank so on guard sets', async () => {
    const { deps } = await prepare();
    const pairs = rows.map((row) => ({ ...row, grade: 1 }));
    const { queries, passages } = buildQrels(pairs);
    const set = {
      rows: { ...(await deps.artifacts.putBytes(toJsonLines(pairs))), rows: PAIRS },
      queries: queries.length,
      passages: passages.length,
    };
    const input = { encoder, guards: { set }, prefixes: PREFIXES, step: 'guard-tuned' as const };
    const { result } = await runActivity(createEvaluateGuards(deps), input);
    const perQuery = await perQueryOf<GuardQueryEvaluation>(deps, result.guards['set']!.perQuery);
    assert.deepEqual(
      perQuery.map(({ values }) => values['retrieval/MRR@10']),
      amongTen.map((rank) => (rank === null ? 0 : 1 / rank)),
    );
  });

  it('rank so in BM25', async () => {
    const { perQuery } = await measureBm25(rows);
    assert.deepEqual(
      perQuery.map(({ rank }) => rank),
      rows.map((_, row) => 1 + Math.floor(row / 20)),
    );
  });

  it('rank as FAISS has them where a record of version 1 is computed again', async () => {
    const { deps, measured } = await prepare();
    const { index } = await retrieved({ deps, measured }, 'Flat');
    const texts = await readPartTexts(deps.artifacts, measured.test, PREFIXES);
    const { perQuery } = await deps.artifacts.withFile(index.index, (file) =>
      measureRetrieval(deps.embeddings(encoder), texts, { file, factory: 'Flat' }, OPTIONS, 1),
    );
    // The last of the three stands first there.
    const firsts = perQuery.flatMap(({ rank }, row) => (rank === 1 ? [row] : []));
    assert.ok(firsts.length > 0 && firsts.every((row) => row >= 40));
    assert.ok(
      perQuery.every(({ miniRank }, row) => miniRank <= RANKS[row]!),
      'the positive before what is as near',
    );
  });
});
