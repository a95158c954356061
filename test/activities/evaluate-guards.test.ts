/** `evaluateGuards` from cached embeddings: beside a comparison of every query with every passage, and its failures. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createEvaluateGuards, type GuardQueryEvaluation } from '../../activities/evaluate-guards.ts';
import { fromJsonLines, toJsonLines } from '../../activities/json-lines.ts';
import { CORRUPT_ARTIFACT } from '../../contracts/failures.ts';
import type { EvaluateGuardsInput } from '../../contracts/gate-activities.ts';
import { gradedMetrics } from '../../core/metrics/graded.ts';
import { NumpyGenerator } from '../../core/numpy-random/generator.ts';
import { buildQrels, clusterQueries, type JudgedPair } from '../../core/qrels.ts';
import { setThreads, threads } from '../../native/faiss/index.ts';
import { activityDeps, runActivity, type TestDeps } from '../fixtures/activity-deps.ts';
import { cacheEmbeddings } from '../fixtures/cached-embeddings.ts';
import { encoderRefOf } from '../fixtures/encoder-ref.ts';
import { fakeFileSet } from '../fixtures/fake-ref.ts';

const DIMENSIONS = 4;
const PREFIXES = { query: 'query: ', passage: 'passage: ' };
const encoder = encoderRefOf(fakeFileSet('model.onnx'), { dimensions: DIMENSIONS, maxSeqLength: 8 });
const generator = new NumpyGenerator(1);

/** Three judged passages a query, of grade 0 to 3: one of it is relevant in any case, and the next query shares it. */
const LABOUR: JudgedPair[] = Array.from({ length: 360 }, (_, row) => {
  const query = Math.floor(row / 3);
  const passage = [2 * (query >> 1), (7 * query) % 131, (11 * query) % 200][row % 3]!;
  return {
    query: `Question ${query}`,
    positive: `Passage ${passage}`,
    grade: row % 3 === 0 ? 1 + (query % 3) : row % 4,
  };
});
const CIVIL: JudgedPair[] = LABOUR.slice(0, 12);

/** Unit vectors, of which every third is that of another text: half of all rankings have ties. */
const VECTORS = new Map<string, readonly number[]>();
for (const text of new Set(LABOUR.flatMap(({ query, positive }) => [`query: ${query}`, `passage: ${positive}`]))) {
  const earlier = VECTORS.size % 3 === 2 ? [...VECTORS.values()][VECTORS.size - 2] : undefined;
  const drawn = [...generator.random(DIMENSIONS)].map((value) => value - 0.5);
  VECTORS.set(text, earlier ?? drawn.map((value) => Math.fround(value / Math.hypot(...drawn))));
}

async function prepare(
  guards: Readonly<Record<string, readonly JudgedPair[]>>,
  segmentTexts = 50,
): Promise<{ deps: TestDeps; input: EvaluateGuardsInput }> {
  const deps = activityDeps();
  await cacheEmbeddings(deps, encoder, VECTORS, segmentTexts);
  const sets: [string, EvaluateGuardsInput['guards'][string]][] = [];
  for (const [name, pairs] of Object.entries(guards)) {
    const { queries, passages } = buildQrels(pairs);
    const rows = { ...(await deps.artifacts.putBytes(toJsonLines(pairs))), rows: pairs.length };
    sets.push([name, { rows, queries: queries.length, passages: passages.length }]);
  }
  return { deps, input: { encoder, prefixes: PREFIXES, guards: Object.fromEntries(sets), step: 'guard-tuned' } };
}

/** The definition, query by query; passages that are equally near stand in the order of the file. */
function expectedOf(pairs: readonly JudgedPair[]): GuardQueryEvaluation[] {
  const qrels = buildQrels(pairs);
  const clusters = clusterQueries(qrels);
  const vector = (text: string): readonly number[] => VECTORS.get(text) ?? [];
  return qrels.queries.map((query, row) => {
    const cosines = qrels.passages.map((passage) =>
      vector(`query: ${query}`).reduce((sum, value, at) => sum + value * vector(`passage: ${passage}`)[at]!, 0),
    );
    const ranking = [...cosines.keys()].sort((a, b) => cosines[b]! - cosines[a]! || a - b);
    return { values: gradedMetrics(Int32Array.from(ranking), qrels.grades[row]!), cluster: clusters[row]! };
  });
}

describe('evaluateGuards', () => {
  it('gives every query what a comparison with every passage gives it', async () => {
    const { deps, input } = await prepare({ labour: LABOUR, civil: CIVIL });
    const { result } = await runActivity(createEvaluateGuards(deps), input);
    for (const [name, pairs] of Object.entries({ labour: LABOUR, civil: CIVIL })) {
      const evaluation = result.guards[name];
      assert.ok(evaluation);
      const expected = expectedOf(pairs);
      assert.deepEqual(fromJsonLines(await deps.artifacts.getBytes(evaluation.perQuery)), expected);
      const mean = expected.reduce((sum, { values }) => sum + values['retrieval/nDCG@10'], 0) / expected.length;
      assert.equal(evaluation.metrics['retrieval/nDCG@10'], mean);
      assert.equal(evaluation.metrics['n_queries'], expected.length);
    }
    assert.deepEqual(Object.keys(result.guards), ['labour', 'civil']);
    assert.equal(result.guards['labour']?.metrics['n_docs'], buildQrels(LABOUR).passages.length);
  });

  it('gives the same bytes whatever the number of threads and the segments of the cache', async () => {
    const usual = threads();
    const digests = new Set<string | undefined>();
    try {
      for (const count of [1, 2, 5]) {
        setThreads(count);
        const { deps, input } = await prepare({ labour: LABOUR }, 20 * count);
        digests.add((await runActivity(createEvaluateGuards(deps), input)).result.guards['labour']?.perQuery.sha256);
      }
    } finally {
      setThreads(usual);
    }
    assert.equal(digests.size, 1);
  });

  it('is computed once for an encoder and its guard sets, whichever step asks', async () => {
    const { deps, input } = await prepare({ civil: CIVIL });
    const evaluate = (step: EvaluateGuardsInput['step'], changes: Partial<EvaluateGuardsInput> = {}) =>
      runActivity(createEvaluateGuards(deps), { ...input, step, ...changes });
    const first = await evaluate('guard-tuned');
    const again = await evaluate('guard-reference');
    assert.deepEqual([first.cached, again.cached], [false, true]);
    assert.deepEqual(again.result, first.result);
    const renamed = { tax: input.guards['civil']! };
    assert.equal((await evaluate('guard-tuned', { guards: renamed })).cached, false);
  });

  it('asks for lost segments to be encoded again', async () => {
    const { deps, input } = await prepare({ civil: CIVIL });
    await deps.store.delete(deps.store.keys().filter((key) => key.startsWith('embeddings/')));
    await assert.rejects(runActivity(createEvaluateGuards(deps), input), {
      type: CORRUPT_ARTIFACT,
      nonRetryable: true,
    });
  });
});
