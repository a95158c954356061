/** Percentile bootstrap of means over queries, clustered: how far a figure or a difference could be chance. */
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

/** Values that come in clusters, added up: what queries of one passage contribute is no independent evidence. */
export interface ClusterSums {
  /** Sum of each cluster's values, clusters in first-seen order [columns][clusters]. */
  readonly sums: readonly Float64Array[];
  /** How many values each cluster has [clusters]. */
  readonly sizes: Int32Array;
}

/**
 * @param columns One value a query each [columns][queries].
 * @param clusters Number of each query's cluster [queries]; null: each query is a cluster of its own.
 * @throws RangeError when their lengths differ.
 */
export function sumClusters(columns: readonly Float64Array[], clusters: Int32Array | null): ClusterSums {
  const queries = clusters?.length ?? columns[0]?.length ?? 0;
  if (columns.some(({ length }) => length !== queries))
    throw new RangeError(
      `columns of ${columns.map(({ length }) => length).join(', ')} values are not of the same ${queries} queries`,
    );
  if (!clusters) return { sums: columns, sizes: new Int32Array(queries).fill(1) };
  const placeOf = new Map<number, number>();
  for (const cluster of clusters) if (!placeOf.has(cluster)) placeOf.set(cluster, placeOf.size);
  const sizes = new Int32Array(placeOf.size);
  const sums = columns.map(() => new Float64Array(placeOf.size));
  for (const [query, cluster] of clusters.entries()) {
    const place = placeOf.get(cluster)!;
    sizes[place]! += 1;
    for (const [column, values] of columns.entries()) sums[column]![place]! += values[query]!;
  }
  return { sums, sizes };
}

/**
 * Intervals for the means of values that come in clusters: whole clusters are resampled with replacement, and the mean
 * of a resample is its sum over the number of values it happens to hold (Cameron, Gelbach and Miller 2008,
 * "Bootstrap-based improvements for inference with clustered errors": pairs cluster bootstrap). All columns see the same
 * resamples.
 *
 * Draw for draw `scipy.stats.bootstrap((sums, sizes), lambda s, n, axis: s.sum(axis) / n.sum(axis), paired=True,
 * n_resamples=resamples, method='percentile', rng=numpy.random.default_rng(seed))`; with clusters of one value that is
 * `scipy.stats.bootstrap((values,), numpy.mean, …)`.
 *
 * @returns One interval a column.
 * @throws RangeError without clusters, or when a column has another number of them than `sizes`.
 */
export function bootstrapMeans({ sums, sizes }: ClusterSums, options: BootstrapOptions): ClusteredMeanInterval[] {
  const { seed, resamples = 2_000, confidence = 0.95 } = options;
  const clusters = sizes.length;
  if (clusters === 0) throw new RangeError('a bootstrap needs at least one value');
  if (sums.some(({ length }) => length !== clusters))
    throw new RangeError(`the sums of a column are not those of ${clusters} clusters`);
  const generator = new NumpyGenerator(seed);
  const means = sums.map(() => new Float64Array(resamples));
  for (let r = 0; r < resamples; r++) {
    const drawn = generator.integers(0, clusters, clusters);
    let size = 0;
    for (const cluster of drawn) size += sizes[cluster]!;
    for (const [column, values] of sums.entries()) {
      let total = 0;
      for (const cluster of drawn) total += values[cluster]!;
      means[column]![r] = total / size;
    }
  }
  const tail = (1 - confidence) / 2;
  return sums.map((values, column) => ({
    mean: sum(values) / sum(sizes),
    low: quantile(means[column]!, tail),
    high: quantile(means[column]!, 1 - tail),
    standardError: standardDeviation(means[column]!),
  }));
}
