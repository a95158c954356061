/** core/metrics/graded against trec_eval and ranx, query by query. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gradedMetrics, type GradedMetrics } from '../../core/metrics/graded.ts';
import { rankValues } from '../../core/gate/rank-values.ts';
import { assertClose } from '../vectors/assert-close.ts';
import { readVectors } from '../vectors/read-vectors.ts';

type ByMetric = Readonly<Record<keyof GradedMetrics, readonly number[]>>;

interface Vectors {
  readonly rankings: readonly (readonly number[])[];
  readonly grades: readonly (readonly [number, number][])[];
  readonly trecEval: ByMetric;
  readonly ranx: ByMetric;
}

const { rankings, grades, ...judges } = readVectors('graded') as Vectors;

describe('gradedMetrics', () => {
  const found = rankings.map((ranking, query) => gradedMetrics(Int32Array.from(ranking), new Map(grades[query])));

  for (const judge of ['trecEval', 'ranx'] as const)
    for (const [metric, values] of Object.entries(judges[judge]) as [keyof GradedMetrics, number[]][])
      test(`gives each query the ${metric} that ${judge} gives it`, () => {
        assert.equal(values.length, found.length);
        for (const [query, expected] of values.entries())
          assertClose(found[query]![metric], expected, 1e-14, `query ${query}`);
      });

  test('is what a rank is worth where one passage is relevant', () => {
    for (const rank of [1, 2, 5, 6, 10, null]) {
      const ranking = Int32Array.from({ length: 10 }, (_, place) => (place + 1 === rank ? 99 : place));
      const metrics = gradedMetrics(ranking, new Map([[99, 1]]));
      for (const [metric, value] of Object.entries(metrics) as [keyof GradedMetrics, number][])
        assert.equal(value, rankValues([rank], metric)[0], `${metric} of rank ${rank}`);
    }
  });

  test('takes nothing after the tenth place into account, and less than ten places as they are', () => {
    const eleven = Int32Array.from({ length: 11 }, (_, place) => place);
    assert.equal(gradedMetrics(eleven, new Map([[10, 3]]))['retrieval/nDCG@10'], 0);
    assert.equal(gradedMetrics(Int32Array.of(1, 0), new Map([[0, 2]]))['retrieval/MRR@10'], 0.5);
  });

  test('refuses a query without a relevant passage', () => {
    assert.throws(() => gradedMetrics(Int32Array.of(0), new Map([[0, 0]])), /without a relevant passage/);
  });
});
