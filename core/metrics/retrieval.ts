/** Retrieval metrics from the rank of each query's one relevant passage. */
import type { Rank } from '../ranking.ts';

/** By their W&B names; `n_queries` and `n_docs` are the counts behind them. */
export type RetrievalMetrics = {
  readonly 'retrieval/R@1': number;
  readonly 'retrieval/R@5': number;
  readonly 'retrieval/R@10': number;
  readonly 'retrieval/MRR@10': number;
  readonly 'retrieval/nDCG@10': number;
  readonly 'retrieval/MAP@10': number;
  readonly n_queries: number;
  readonly n_docs: number;
};

/** 1 if the relevant passage is among the first `k`, else 0. */
export function recallAt(rank: Rank, k: number): number {
  return rank !== null && rank <= k ? 1 : 0;
}

/** 1/rank, 0 beyond `k`. With one relevant passage a query it is the average precision at `k` too. */
export function reciprocalRankAt(rank: Rank, k: number): number {
  return rank !== null && rank <= k ? 1 / rank : 0;
}

/** 1/log2(rank + 1), 0 beyond `k`; the ideal DCG of one relevant passage is 1. */
export function ndcgAt(rank: Rank, k: number): number {
  return rank !== null && rank <= k ? 1 / Math.log2(rank + 1) : 0;
}

/**
 * Means over queries; a query whose relevant passage was not found counts as 0.
 *
 * @param ranks One rank a query, from a search for at least 10 passages.
 * @param passageCount Size of the corpus searched.
 * @throws RangeError without queries.
 */
export function retrievalMetrics(ranks: readonly Rank[], passageCount: number): RetrievalMetrics {
  if (ranks.length === 0) throw new RangeError('retrieval metrics need at least one query');
  const meanOf = (metric: (rank: Rank, k: number) => number, k: number): number =>
    ranks.reduce<number>((sum, rank) => sum + metric(rank, k), 0) / ranks.length;
  return {
    'retrieval/R@1': meanOf(recallAt, 1),
    'retrieval/R@5': meanOf(recallAt, 5),
    'retrieval/R@10': meanOf(recallAt, 10),
    'retrieval/MRR@10': meanOf(reciprocalRankAt, 10),
    'retrieval/nDCG@10': meanOf(ndcgAt, 10),
    'retrieval/MAP@10': meanOf(reciprocalRankAt, 10),
    n_queries: ranks.length,
    n_docs: passageCount,
  };
}
