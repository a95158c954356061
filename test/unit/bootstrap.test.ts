/** core/bootstrap and core/statistics against scipy and numpy. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bootstrapMean } from '../../core/bootstrap.ts';
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

describe('bootstrapMean', () => {
  for (const { differences, resamples, confidence, seed, ...expected } of cases) {
    test(`equals scipy.stats.bootstrap on ${differences.length} differences, ${resamples} resamples`, () => {
      const interval = bootstrapMean(Float64Array.from(differences), { seed, resamples, confidence });
      assertClose(interval.mean, expected.mean, 1e-12, 'mean');
      assertClose(interval.low, expected.low, 1e-12, 'low');
      assertClose(interval.high, expected.high, 1e-12, 'high');
    });
  }

  test('has no width where all differences are equal', () => {
    assert.deepEqual(bootstrapMean(new Float64Array(10).fill(0.25), { seed: 1 }), {
      mean: 0.25,
      low: 0.25,
      high: 0.25,
    });
  });

  test('refuses no differences', () => {
    assert.throws(() => bootstrapMean(new Float64Array(), { seed: 1 }), /at least one value/);
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
