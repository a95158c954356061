/** What each query contributes to a retrieval metric, from the rank of its one relevant passage. */
import { ndcgAt, recallAt, reciprocalRankAt } from '../metrics/retrieval.ts';
import type { Rank } from '../ranking.ts';

/** The metrics that a rank among the first ten is enough for, by their W&B names. */
const METRIC_OF_RANK = {
  'retrieval/nDCG@10': (rank) => ndcgAt(rank, 10),
  'retrieval/MRR@10': (rank) => reciprocalRankAt(rank, 10),
  'retrieval/R@1': (rank) => recallAt(rank, 1),
  'retrieval/R@5': (rank) => recallAt(rank, 5),
  'retrieval/R@10': (rank) => recallAt(rank, 10),
} as const satisfies Record<string, (rank: Rank) => number>;

export type RankMetric = keyof typeof METRIC_OF_RANK;

/**
 * @param ranks One rank a query, from a search for at least ten passages.
 * @returns The metric's value for each query [queries]; their mean is the metric.
 */
export function rankValues(ranks: readonly Rank[], metric: RankMetric): Float64Array {
  return Float64Array.from(ranks, METRIC_OF_RANK[metric]);
}
