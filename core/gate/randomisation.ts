/** Randomisation test of a difference: what if the two systems' names had been drawn by lot? */
import { NumpyGenerator } from '../numpy-random/generator.ts';
import { sum } from '../statistics.ts';

export interface RandomisationOptions {
  readonly seed: number;
  /** Random exchanges; no p-value is below 1 / (resamples + 1). */
  readonly resamples: number;
}

/** Totals this near to the observed one, relative to all differences together, are ties that rounding has parted. */
const ROUNDING = 1e-12;

/**
 * Two-sided p-value of the null hypothesis that the systems are exchangeable within each cluster of queries.
 *
 * Fisher's randomisation test as Smucker, Allan and Carterette 2007 ("A comparison of statistical significance tests for
 * information retrieval evaluation") use it, the two systems exchanged for a cluster's queries together. The observed
 * assignment counts as one of the random ones, or else p could be 0 and the test too liberal (Phipson and Smyth 2010,
 * "Permutation p-values should never be zero").
 *
 * Clusters that sum to 0 are left out, since exchanging them changes nothing. Draw for draw
 * `scipy.stats.permutation_test((sums[sums != 0],), lambda s, axis: abs(s.sum(axis)), permutation_type='samples',
 * alternative='greater', n_resamples=resamples, rng=numpy.random.default_rng(seed))`, where that doesn't enumerate.
 *
 * @param sums Sum of each cluster's differences [clusters].
 */
export function randomisationPValue(sums: Float64Array, { seed, resamples }: RandomisationOptions): number {
  const moved = sums.filter((value) => value !== 0);
  const threshold = Math.abs(sum(moved)) - ROUNDING * sum(moved.map(Math.abs));
  const generator = new NumpyGenerator(seed);
  let asExtreme = 0;
  for (let r = 0; r < resamples; r++) {
    const exchanged = generator.exchanges(moved.length);
    let total = 0;
    for (let cluster = 0; cluster < moved.length; cluster++) {
      total += exchanged[cluster] === 1 ? -moved[cluster]! : moved[cluster]!;
    }
    if (Math.abs(total) >= threshold) asExtreme++;
  }
  return (asExtreme + 1) / (resamples + 1);
}
