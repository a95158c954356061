/** Retrieval metrics of one query whose judged passages are relevant to different degrees. */
import { mean as meanOf } from '../statistics.ts';

/** By their W&B names. */
export interface GradedMetrics {
  readonly 'retrieval/R@1': number;
  readonly 'retrieval/R@5': number;
  readonly 'retrieval/R@10': number;
  readonly 'retrieval/MRR@10': number;
  readonly 'retrieval/nDCG@10': number;
}

/**
 * trec_eval's measures `recall_1`, `recall_5`, `recall_10`, `recip_rank` of the first ten, and `ndcg_cut_10`; a passage is
 * relevant from grade 1 on.
 *
 * @param ranking Passages nearest first; those after the tenth don't count.
 * @param grades Passage → grade, a whole number from 0. A passage without one counts as not relevant.
 * @throws RangeError when no passage is relevant.
 */
export function gradedMetrics(ranking: Int32Array, grades: ReadonlyMap<number, number>): GradedMetrics {
  const relevant = [...grades.values()].filter((grade) => grade > 0);
  if (relevant.length === 0) throw new RangeError('a query without a relevant passage has no retrieval metrics');
  const found = Array.from(ranking.subarray(0, 10), (passage) => grades.get(passage) ?? 0);
  const recallAt = (k: number): number => found.slice(0, k).filter((grade) => grade > 0).length / relevant.length;
  const ideal = relevant.toSorted((a, b) => b - a).slice(0, 10);
  return {
    'retrieval/R@1': recallAt(1),
    'retrieval/R@5': recallAt(5),
    'retrieval/R@10': recallAt(10),
    'retrieval/MRR@10': reciprocalRank(found),
    'retrieval/nDCG@10': discountedGain(found) / discountedGain(ideal),
  };
}

function reciprocalRank(grades: readonly number[]): number {
  const first = grades.findIndex((grade) => grade > 0);
  return first === -1 ? 0 : 1 / (first + 1);
}

/**
 * The grade itself is the gain, discounted by log2(rank + 1): trec_eval's form of Järvelin and Kekäläinen 2002,
 * "Cumulated gain-based evaluation of IR techniques".
 */
function discountedGain(grades: readonly number[]): number {
  return grades.reduce((total, grade, place) => total + grade / Math.log2(place + 2), 0);
}

/**
 * Means over queries.
 *
 * @throws RangeError without queries.
 */
export function meanMetrics(queries: readonly GradedMetrics[]): GradedMetrics {
  const mean = (metric: keyof GradedMetrics): number => meanOf(Float64Array.from(queries, (values) => values[metric]));
  return {
    'retrieval/R@1': mean('retrieval/R@1'),
    'retrieval/R@5': mean('retrieval/R@5'),
    'retrieval/R@10': mean('retrieval/R@10'),
    'retrieval/MRR@10': mean('retrieval/MRR@10'),
    'retrieval/nDCG@10': mean('retrieval/nDCG@10'),
  };
}
