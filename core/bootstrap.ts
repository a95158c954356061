/** Percentile bootstrap of a mean: how far a difference between two systems could be chance. */
import { NumpyGenerator } from './numpy-random/generator.ts';
import { quantile, standardDeviation, sum } from './statistics.ts';

/** A mean and the confidence interval around it. */
export interface MeanInterval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export interface ClusteredMeanInterval extends MeanInterval {
  /** Standard deviation of the resampled means. */
  readonly standardError: number;
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
  return bootstrapMeans([differences], options)[0]!;
}

/**
 * The same for several values of each query, which all see the same resamples.
 *
 * @param columns One value a query each [columns][queries].
 * @throws RangeError without queries, or when columns differ in length.
 */
export function bootstrapMeans(columns: readonly Float64Array[], options: BootstrapOptions): MeanInterval[] {
  const { seed, resamples = 2_000, confidence = 0.95 } = options;
  const queries = columns[0]?.length ?? 0;
  if (queries === 0) throw new RangeError('a bootstrap needs at least one value');
  if (columns.some(({ length }) => length !== queries))
    throw new RangeError('columns differ in their numbers of values');
  const generator = new NumpyGenerator(seed);
  const means = columns.map(() => new Float64Array(resamples));
  for (let r = 0; r < resamples; r++) {
    const drawn = generator.integers(0, queries, queries);
    for (const [column, values] of columns.entries()) {
      let total = 0;
      for (const query of drawn) total += values[query]!;
      means[column]![r] = total / queries;
    }
  }
  const tail = (1 - confidence) / 2;
  return columns.map((values, column) => ({
    mean: sum(values) / queries,
    low: quantile(means[column]!, tail),
    high: quantile(means[column]!, 1 - tail),
  }));
}

/**
 * Interval for the mean of values that come in clusters: whole clusters are resampled with replacement, and the mean of
 * a resample is its sum over the number of values it happens to hold (Cameron, Gelbach and Miller 2008, "Bootstrap-based
 * improvements for inference with clustered errors": pairs cluster bootstrap).
 *
 * Draw for draw `scipy.stats.bootstrap((sums, sizes), lambda s, n, axis: s.sum(axis) / n.sum(axis), paired=True,
 * n_resamples=resamples, method='percentile', rng=numpy.random.default_rng(seed))`.
 *
 * @param sums Sum of each cluster's values [clusters].
 * @param sizes How many values each cluster has [clusters].
 * @throws RangeError without clusters, or when the two differ in length.
 */
export function bootstrapClusteredMean(
  sums: Float64Array,
  sizes: Int32Array,
  options: BootstrapOptions,
): ClusteredMeanInterval {
  const { seed, resamples = 2_000, confidence = 0.95 } = options;
  const clusters = sums.length;
  if (clusters === 0) throw new RangeError('a bootstrap needs at least one value');
  if (sizes.length !== clusters) {
    throw new RangeError(`${clusters} sums of clusters need as many sizes, got ${sizes.length}`);
  }
  const generator = new NumpyGenerator(seed);
  const means = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    let total = 0;
    let size = 0;
    for (const index of generator.integers(0, clusters, clusters)) {
      total += sums[index]!;
      size += sizes[index]!;
    }
    means[r] = total / size;
  }
  const tail = (1 - confidence) / 2;
  return {
    mean: sum(sums) / sum(sizes),
    low: quantile(means, tail),
    high: quantile(means, 1 - tail),
    standardError: standardDeviation(means),
  };
}
