/** Percentile bootstrap of a mean: how far a difference between two systems could be chance. */
import { NumpyGenerator } from './numpy-random/generator.ts';
import { mean, quantile } from './statistics.ts';

/** A mean and the confidence interval around it. */
export interface MeanInterval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  readonly seed: number;
  /** @default 2000: a bound's standard error between seeds is then about 1.5 % of the interval's width. */
  readonly resamples?: number;
  /** @default 0.95 */
  readonly confidence?: number;
}

/**
 * Interval for the mean of paired differences, queries resampled with replacement.
 *
 * Draw for draw `scipy.stats.bootstrap((differences,), numpy.mean, n_resamples=resamples, method='percentile',
 * rng=numpy.random.default_rng(seed))`: resample r is `differences[rng.integers(0, n, n)]`.
 *
 * @param differences One value a query, e.g. nDCG@10 after minus before [n].
 * @throws RangeError without differences.
 */
export function bootstrapMean(differences: Float64Array, options: BootstrapOptions): MeanInterval {
  const { seed, resamples = 2_000, confidence = 0.95 } = options;
  const observed = mean(differences);
  const generator = new NumpyGenerator(seed);
  const n = differences.length;
  const means = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    let sum = 0;
    for (const index of generator.integers(0, n, n)) sum += differences[index]!;
    means[r] = sum / n;
  }
  const tail = (1 - confidence) / 2;
  return { mean: observed, low: quantile(means, tail), high: quantile(means, 1 - tail) };
}
