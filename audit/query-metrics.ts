/** Metrics of an evaluation out of what each query contributed, as the evaluation itself takes them. */
import type { QueryEvaluation } from '../activities/evaluate-retrieval.ts';
import { miniRetrievalMetrics } from '../core/metrics/mini-retrieval.ts';
import { pairwiseMetrics } from '../core/metrics/pairwise.ts';
import { retrievalMetrics } from '../core/metrics/retrieval.ts';
import type { MetricValues } from '../contracts/metrics.ts';

/**
 * @param passages size of the corpus that was searched
 * @param miniNegatives negatives beside the positive in mini retrieval
 * @throws RangeError without queries
 */
export function metricsOfQueries(
  queries: readonly QueryEvaluation[],
  passages: number,
  miniNegatives: number,
): MetricValues {
  const positive = Float64Array.from(queries, ({ cosine }) => cosine);
  const negative = Float64Array.from(queries, ({ negativeCosine }) => negativeCosine);
  const miniRanks = Int32Array.from(queries, ({ miniRank }) => miniRank);
  return {
    ...retrievalMetrics(
      queries.map(({ rank }) => rank),
      passages,
    ),
    ...pairwiseMetrics({ positive, negative }),
    ...miniRetrievalMetrics(miniRanks, miniNegatives),
  };
}
