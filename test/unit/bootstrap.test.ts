/** core/bootstrap and core/statistics against scipy and numpy. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bootstrapMeans, sumClusters } from '../../core/bootstrap.ts';
import { mean, quantile } from '../../core/statistics.ts';
import { assertClose } from '../vectors/assert-close.ts';
import { readVectors } from '../vectors/read-vectors.ts';

interface Case {
  readonly differences: readonly number[];
  readonly resamples: number;
  readonly confidence: number;
  readonly seed: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

const { cases } = readVectors('bootstrap') as { readonly cases: readonly Case[] };

const meanOf = (values: Float64Array, options: Parameters<typeof bootstrapMeans>[1]) =>
  bootstrapMeans(sumClusters([values], null), options)[0]!;

describe('bootstrapMeans', () => {
  for (const { differences, resamples, confidence, seed, ...expected } of cases) {
    test(`equals scipy.stats.bootstrap on ${differences.length} differences, ${resamples} resamples`, () => {
      const interval = meanOf(Float64Array.from(differences), { seed, resamples, confidence });
      assertClose(interval.mean, expected.mean, 1e-12, 'mean');
      assertClose(interval.low, expected.low, 1e-12, 'low');
      assertClose(interval.high, expected.high, 1e-12, 'high');
    });
  }

  test('has no width where all differences are equal', () => {
    const interval = { mean: 0.25, low: 0.25, high: 0.25, standardError: 0 };
    assert.deepEqual(meanOf(new Float64Array(10).fill(0.25), { seed: 1 }), interval);
  });

  test('refuses no differences', () => {
    assert.throws(() => meanOf(new Float64Array(), { seed: 1 }), /at least one value/);
  });

  test('takes queries that share a cluster for one piece of evidence, so that an interval gets wider', () => {
    const distinct = Float64Array.from({ length: 50 }, (_, i) => Math.sin(i));
    const repeated = Float64Array.from({ length: 200 }, (_, i) => distinct[i >> 2]!);
    const clusters = Int32Array.from({ length: 200 }, (_, i) => 900 - (i >> 2));
    const clustered = bootstrapMeans(sumClusters([repeated], clusters), { seed: 3 })[0]!;
    const once = meanOf(distinct, { seed: 3 });
    for (const bound of ['mean', 'low', 'high'] as const) assertClose(clustered[bound], once[bound], 1e-12, bound);
    const ignored = meanOf(repeated, { seed: 3 });
    assert.ok(ignored.high - ignored.low < 0.7 * (clustered.high - clustered.low));
  });

  test('refuses columns of other queries', () => {
    assert.throws(() => sumClusters([new Float64Array(2), new Float64Array(3)], null), /2, 3 values .* same 2 queries/);
    assert.throws(() => sumClusters([new Float64Array(2)], new Int32Array(3)), /2 values .* same 3 queries/);
  });
});

describe('quantile', () => {
  test('interpolates between order statistics, whatever the order of the values', () => {
    const values = Float64Array.of(4, 1, 3, 10);
    assert.equal(quantile(values, 0), 1);
    assert.equal(quantile(values, 0.5), 3.5);
    assert.equal(quantile(values, 0.75), 5.5);
    assert.equal(quantile(values, 1), 10);
    assert.deepEqual([...values], [4, 1, 3, 10], 'the values are left as they were');
  });

  test('is the value itself where there is one, and needs one', () => {
    assert.equal(quantile(Float64Array.of(7), 0.3), 7);
    assert.throws(() => mean(new Float64Array()), /at least one value/);
  });
});
