/** Two systems on the same queries, query by query. */
import { bootstrapMeans, type BootstrapOptions, type MeanInterval, sumClusters } from '../bootstrap.ts';
import type { Rank } from '../ranking.ts';
import { metricIntervals, type QueryFigures } from './intervals.ts';
import { ndcgAt } from './retrieval.ts';

export interface RankChanges {
  /** Queries whose relevant passage moved up, or was found only afterwards. */
  readonly better: number;
  readonly worse: number;
  readonly same: number;
}

function requireSameQueries(before: readonly Rank[], after: readonly Rank[]): void {
  if (before.length !== after.length) {
    throw new RangeError(
      `can't compare ${before.length} queries before with ${after.length} after: they must be the same`,
    );
  }
}

/** @throws RangeError when the numbers of queries differ. */
export function rankChanges(before: readonly Rank[], after: readonly Rank[]): RankChanges {
  requireSameQueries(before, after);
  let better = 0;
  let worse = 0;
  for (const [query, rank] of before.entries()) {
    const change = (after[query] ?? Infinity) - (rank ?? Infinity);
    if (change < 0) better++;
    else if (change > 0) worse++;
  }
  return { better, worse, same: before.length - better - worse };
}

/**
 * nDCG@k after minus before, one value a query [queries].
 *
 * @throws RangeError when the numbers of queries differ.
 */
export function ndcgDifferences(before: readonly Rank[], after: readonly Rank[], k: number): Float64Array {
  requireSameQueries(before, after);
  return Float64Array.from(before, (rank, query) => ndcgAt(after[query] ?? null, k) - ndcgAt(rank, k));
}

/** Two systems on the same queries: what moved, how sure the change in nDCG@10 is, and each system's own figures. */
export interface QueryComparison {
  readonly queries: RankChanges;
  /** Mean of nDCG@10 after minus before. */
  readonly ndcgDifference: MeanInterval;
  readonly intervals: Readonly<Record<'base' | 'fineTuned', ReturnType<typeof metricIntervals>>>;
}

/**
 * @param clusters Number of each query's passage [queries], by which intervals are clustered as the gate's are; null: no
 *   two share one.
 * @param metrics Names of the metrics to give intervals for.
 * @throws RangeError without queries, or when their numbers differ.
 */
export function compareQueries(
  base: readonly QueryFigures[],
  fineTuned: readonly QueryFigures[],
  clusters: Int32Array | null,
  metrics: readonly string[],
  options: BootstrapOptions,
): QueryComparison {
  const [before, after] = [base, fineTuned].map((queries) => queries.map(({ rank }) => rank)) as [Rank[], Rank[]];
  const { mean, low, high } = bootstrapMeans(sumClusters([ndcgDifferences(before, after, 10)], clusters), options)[0]!;
  return {
    queries: rankChanges(before, after),
    ndcgDifference: { mean, low, high },
    intervals: {
      base: metricIntervals(base, clusters, metrics, options),
      fineTuned: metricIntervals(fineTuned, clusters, metrics, options),
    },
  };
}
