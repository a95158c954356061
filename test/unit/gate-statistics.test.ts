/** core/gate's estimates against scipy and ranx, on the same numbers. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clusterDifferences } from '../../core/gate/cluster-sums.ts';
import { normalQuantile } from '../../core/gate/normal-quantile.ts';
import { comparePaired } from '../../core/gate/paired-comparison.ts';
import { detectableDifference, queriesNeeded } from '../../core/gate/power.ts';
import { randomisationPValue } from '../../core/gate/randomisation.ts';
import { type RankMetric, rankValues } from '../../core/gate/rank-values.ts';
import type { Rank } from '../../core/ranking.ts';
import { standardDeviation } from '../../core/statistics.ts';
import { assertClose } from '../vectors/assert-close.ts';
import { readVectors } from '../vectors/read-vectors.ts';

interface Comparison {
  readonly champion: readonly number[];
  readonly candidate: readonly number[];
  readonly passages: readonly number[];
  readonly seed: number;
  readonly resamples: number;
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  readonly standardError: number;
  readonly pValue: number;
  readonly ranx: number;
}

interface Vectors {
  readonly comparisons: readonly Comparison[];
  readonly rankValues: { readonly ranks: readonly Rank[]; readonly values: Record<RankMetric, readonly number[]> };
  readonly normalQuantiles: readonly (readonly [probability: number, quantile: number])[];
}

const vectors = readVectors('gate') as Vectors;
const POWER = { confidence: 0.95, power: 0.8 };

function valuesOf({ champion, candidate, passages }: Pick<Comparison, 'champion' | 'candidate' | 'passages'>) {
  return {
    champion: Float64Array.from(champion),
    candidate: Float64Array.from(candidate),
    passages: Int32Array.from(passages),
  };
}

for (const peer of vectors.comparisons) {
  const passages = new Set(peer.passages).size;
  describe(`${peer.champion.length} queries of ${passages} passages`, () => {
    const { seed, resamples } = peer;
    const found = comparePaired(valuesOf(peer), { seed, resamples, ...POWER });

    test('interval and standard error are those of scipy.stats.bootstrap on the passages', () => {
      // The resamples are the same: all that differs is the order of additions.
      for (const name of ['difference', 'low', 'high', 'standardError'] as const)
        assertClose(found[name], peer[name], 1e-12, name);
      assert.equal(found.passages, passages);
      assertClose(found.candidate - found.champion, found.difference, 1e-12, 'difference of the means');
    });

    test('p-value is that of scipy.stats.permutation_test on the passages', () => {
      assertClose(found.pValue, peer.pValue, 1e-12);
    });

    test("p-value is that of ranx's Fisher randomisation up to the two tests' own random error", () => {
      // Four standard errors of the difference of two shares of `resamples` draws: 6 in 100,000 lie further apart.
      const p = (found.pValue + peer.ranx) / 2;
      assertClose(found.pValue, peer.ranx, 4 * Math.sqrt((2 * p * (1 - p)) / resamples) + 1 / resamples);
    });
  });
}

describe('rankValues', () => {
  const { ranks, values } = vectors.rankValues;
  for (const metric of Object.keys(values) as RankMetric[])
    test(`gives each query the ${metric} that ranx gives it`, () => {
      const found = rankValues(ranks, metric);
      for (const [query, expected] of values[metric].entries()) assertClose(found[query]!, expected, 1e-12);
    });
});

describe('clusterDifferences', () => {
  test('adds up the differences of queries that share a passage', () => {
    const values = valuesOf({ champion: [0, 0.5, 1, 0], candidate: [1, 0.25, 1, 0.5], passages: [7, 3, 7, 7] });
    const { sums, sizes } = clusterDifferences(values);
    assert.deepEqual([...sums[0]!], [1.5, -0.25]);
    assert.deepEqual([...sizes], [3, 1]);
  });

  test('takes every query for itself where passages are not given', () => {
    const champion = Float64Array.of(0, 0);
    const { sizes } = clusterDifferences({ champion, candidate: Float64Array.of(1, 1), passages: null });
    assert.deepEqual([...sizes], [1, 1]);
  });

  test('refuses values of other queries, and values that are not finite', () => {
    const one = Float64Array.of(1);
    const two = Float64Array.of(1, 1);
    assert.throws(() => clusterDifferences({ champion: one, candidate: two, passages: null }), /1, 2, 1 values/);
    assert.throws(
      () => clusterDifferences({ champion: two, candidate: Float64Array.of(1, Number.NaN), passages: null }),
      /query 1 has the values 1 \(champion\) and NaN \(candidate\)/,
    );
  });
});

describe('randomisationPValue', () => {
  test('approaches the share of all assignments that is at least as extreme', () => {
    // Of the 2^6 assignments of six equal differences only the two with all signs alike reach the observed total.
    const p = randomisationPValue(new Float64Array(6).fill(0.1), { seed: 1, resamples: 20_000 });
    assertClose(p, 2 / 64, (4 * Math.sqrt((2 / 64) * (62 / 64))) / Math.sqrt(20_000));
  });

  test('is 1 where no query differs, and never 0', () => {
    assert.equal(randomisationPValue(new Float64Array(50), { seed: 1, resamples: 99 }), 1);
    assert.equal(randomisationPValue(new Float64Array(50).fill(1), { seed: 1, resamples: 99 }), 1 / 100);
  });

  test('counts ties that rounding has parted', () => {
    // The total is 0.010000000000000056, and with the first three signs changed 0.009999999999999945: the same in real
    // numbers, in which no assignment is less extreme.
    const sums = Float64Array.of(0.1, 0.2, -0.3, 0.01);
    assert.equal(randomisationPValue(sums, { seed: 3, resamples: 500 }), 1);
  });
});

describe('power', () => {
  for (const [probability, quantile] of vectors.normalQuantiles)
    test(`the normal quantile at ${probability} is scipy's to 2 parts in ten million`, () => {
      assertClose(normalQuantile(probability), quantile, 2e-7 * Math.abs(quantile));
    });

  test('a probability of 0 or 1 has no quantile', () => {
    assert.throws(() => normalQuantile(0), /between 0 and 1, got 0/);
    assert.throws(() => normalQuantile(1), /between 0 and 1, got 1/);
  });

  test('2.80 standard errors are detected at 95 % confidence with 80 % power', () => {
    assertClose(detectableDifference(0.01, POWER), 0.028015852, 1e-8);
  });

  test('half the difference takes four times the queries, and none at all no number of them', () => {
    assert.equal(queriesNeeded(100, 0.04, 0.02), 400);
    assert.equal(queriesNeeded(100, 0.04, 0), null);
  });
});

test('standardDeviation is the one of a sample, 0 for one value', () => {
  assertClose(standardDeviation(Float64Array.of(1, 2, 3, 4)), Math.sqrt(5 / 3), 1e-15);
  assert.equal(standardDeviation(Float64Array.of(5)), 0);
});
