/** core/metrics/pairwise, core/metrics/similarity and core/embeddings against a numpy program. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { rowCount } from '../../core/embeddings.ts';
import { pairCosines, pairwiseMetrics } from '../../core/metrics/pairwise.ts';
import { measureSimilarity, type Similarity } from '../../core/metrics/similarity.ts';
import { NumpyGenerator } from '../../core/numpy-random/generator.ts';
import { assertClose } from '../vectors/assert-close.ts';
import { similarityCases } from '../vectors/similarity-cases.ts';

describe('measureSimilarity', () => {
  for (const { queries, positives, gold, seed, negatives, metrics, metricsOfVersion1 } of similarityCases()) {
    const options = { seed, miniNegatives: negatives };
    const assertEqual = (found: Similarity, expected: Readonly<Record<string, number>>): void => {
      assert.deepEqual(Object.keys(found.metrics), Object.keys(expected));
      for (const [name, value] of Object.entries(expected))
        assertClose(found.metrics[name]!, value, name.endsWith('_cos') ? 1e-6 : 0, name);
    };

    test(`equals numpy on ${rowCount(queries)} pairs with ${negatives} negatives, shares exactly`, () => {
      assertEqual(measureSimilarity(queries, positives, gold, options), metrics);
    });

    test(`gives what version 1 gave on ${rowCount(queries)} pairs with ${negatives} negatives`, () => {
      assertEqual(measureSimilarity(queries, positives, gold, options, 1), metricsOfVersion1);
    });
  }

  test('draws other negatives than version 1, and so has other shares', () => {
    const differ = similarityCases().filter(({ metrics, metricsOfVersion1 }) =>
      Object.keys(metrics).some((name) => metrics[name] !== metricsOfVersion1[name]),
    );
    assert.ok(differ.length > 0);
  });
});

describe('pairwiseMetrics', () => {
  test('takes the middle of the two middle cosines as the median', () => {
    const cosines = { positive: Float64Array.of(0.1, 0.9, 0.2, 0.6), negative: new Float64Array(4) };
    assertClose(pairwiseMetrics(cosines)['pairwise/median_cos'], 0.4, 1e-15);
  });

  test('counts a positive that is only as similar as the negative as a loss', () => {
    const cosines = { positive: Float64Array.of(0.5, 0.5), negative: Float64Array.of(0.5, 0.4) };
    assert.equal(pairwiseMetrics(cosines)['pairwise/acc_pos>neg'], 0.5);
  });
});

describe('pairCosines', () => {
  test('never takes a query’s own positive as its negative', () => {
    const pairs = 6;
    const identity = Float32Array.from({ length: pairs * pairs }, (_, i) => (i % (pairs + 1) === 0 ? 1 : 0));
    const unit = { values: identity, dimensions: pairs };
    for (let seed = 0; seed < 50; seed++) {
      const { negative } = pairCosines(unit, unit, new NumpyGenerator(seed));
      assert.deepEqual(
        [...negative],
        Array.from({ length: pairs }, () => 0),
      );
    }
  });

  test('refuses one pair, which has no negative, and shapes that differ', () => {
    const one = { values: Float32Array.of(1, 0), dimensions: 2 };
    const two = { values: Float32Array.of(1, 0, 0, 1), dimensions: 2 };
    assert.throws(() => pairCosines(one, one, new NumpyGenerator(0)), /at least 2 pairs, got 1/);
    assert.throws(() => pairCosines(two, one, new NumpyGenerator(0)), /queries are \[2, 2\] but positives \[1, 2\]/);
  });
});

describe('rowCount', () => {
  test('refuses values that are not whole rows', () => {
    assert.throws(() => rowCount({ values: new Float32Array(5), dimensions: 2 }), /5 values are not whole rows/);
  });
});
