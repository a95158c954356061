/** How far a system's metrics could be chance: an interval for each that is a mean over queries. */
import { type BootstrapOptions, bootstrapMeans, sumClusters } from '../bootstrap.ts';
import type { Rank } from '../ranking.ts';
import { ndcgAt, recallAt, reciprocalRankAt } from './retrieval.ts';

/** What one query contributed. */
export interface QueryFigures {
  readonly rank: Rank;
  readonly cosine: number;
  readonly negativeCosine: number;
  readonly miniRank: number;
}

/** Metric by its W&B name → its value for one query. */
const VALUE_OF_QUERY: Readonly<Record<string, (query: QueryFigures) => number>> = {
  'retrieval/R@1': ({ rank }) => recallAt(rank, 1),
  'retrieval/R@5': ({ rank }) => recallAt(rank, 5),
  'retrieval/R@10': ({ rank }) => recallAt(rank, 10),
  'retrieval/MRR@10': ({ rank }) => reciprocalRankAt(rank, 10),
  'retrieval/nDCG@10': ({ rank }) => ndcgAt(rank, 10),
  'retrieval/MAP@10': ({ rank }) => reciprocalRankAt(rank, 10),
  'pairwise/mean_cos': ({ cosine }) => cosine,
  'pairwise/acc_pos>neg': ({ cosine, negativeCosine }) => (cosine > negativeCosine ? 1 : 0),
};

/** Of mini retrieval, whose metric has the number of negatives in its name. */
const MINI_RETRIEVAL = /^mini_retrieval\/R@1/;

/**
 * Percentile bootstrap intervals, clusters of queries resampled with replacement; all metrics see the same resamples.
 *
 * @param queries One a query of the test part.
 * @param clusters Number of each query's passage [queries]; null: no two share one.
 * @param metrics Names of the metrics there are; medians and extremes are no means, and have none.
 * @throws RangeError without queries.
 */
export function metricIntervals(
  queries: readonly QueryFigures[],
  clusters: Int32Array | null,
  metrics: readonly string[],
  options: BootstrapOptions,
): Record<string, { readonly low: number; readonly high: number }> {
  const measured = metrics.flatMap((metric) => {
    const value =
      VALUE_OF_QUERY[metric] ??
      (MINI_RETRIEVAL.test(metric) ? ({ miniRank }: QueryFigures) => recallAt(miniRank, 1) : null);
    return value ? [{ metric, values: Float64Array.from(queries, value) }] : [];
  });
  const columns = measured.map(({ values }) => values);
  const intervals = bootstrapMeans(sumClusters(columns, clusters), options);
  return Object.fromEntries(
    measured.map(({ metric }, index) => {
      const { low, high } = intervals[index]!;
      return [metric, { low, high }];
    }),
  );
}
