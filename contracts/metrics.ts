/** What an evaluation says: metric values by their W&B names, and the counts behind them. */
import { z } from 'zod';

/** Names as the reference notebook logs them to W&B, in the order in which tables show them. */
export const METRIC_NAMES = [
  'retrieval/R@1',
  'retrieval/R@5',
  'retrieval/R@10',
  'retrieval/MRR@10',
  'retrieval/nDCG@10',
  'retrieval/MAP@10',
  'pairwise/mean_cos',
  'pairwise/median_cos',
  'pairwise/min_cos',
  'pairwise/max_cos',
  'pairwise/acc_pos>neg',
  'mini_retrieval/R@1_(1pos+19neg)',
] as const;

/** Metric name → value; `n_queries` and `n_docs` ride along as in the reference. */
export const metricValues = z.record(z.string(), z.number());
export type MetricValues = z.infer<typeof metricValues>;
