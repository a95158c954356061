/** How similar a query and its positive are, and whether more so than the query and a random negative. */
import { dot, type Embeddings, pairCount } from '../embeddings.ts';
import type { NumpyGenerator } from '../numpy-random/generator.ts';
import { mean, quantile } from '../statistics.ts';

/** Cosines of each query with its positive and with its negative, [pairs] each. */
export interface PairCosines {
  readonly positive: Float64Array;
  readonly negative: Float64Array;
}

/** By their W&B names. */
export type PairwiseMetrics = {
  readonly 'pairwise/mean_cos': number;
  readonly 'pairwise/median_cos': number;
  readonly 'pairwise/min_cos': number;
  readonly 'pairwise/max_cos': number;
  readonly 'pairwise/acc_pos>neg': number;
};

/**
 * The negative of query i is the positive of pair `generator.integers(0, n, n)[i]`, or of pair (i + 1) mod n where that
 * is i.
 *
 * @param queries Row i and row i of `positives` are one pair [n, d].
 * @throws RangeError when the shapes differ, or there are fewer than 2 pairs.
 */
export function pairCosines(queries: Embeddings, positives: Embeddings, generator: NumpyGenerator): PairCosines {
  const pairs = pairCount(queries, positives);
  if (pairs < 2) throw new RangeError(`pairwise metrics need at least 2 pairs, got ${pairs}: use more rows`);
  const negatives = generator.integers(0, pairs, pairs).map((drawn, i) => (drawn === i ? (i + 1) % pairs : drawn));
  return {
    positive: Float64Array.from({ length: pairs }, (_, i) => dot(queries, i, positives, i)),
    negative: Float64Array.from(negatives, (other, i) => dot(queries, i, positives, other)),
  };
}

/**
 * Mean, median, least and greatest cosine of a query with its positive, and the share of queries whose positive is
 * strictly more similar than the negative.
 */
export function pairwiseMetrics({ positive, negative }: PairCosines): PairwiseMetrics {
  const wins = positive.filter((cosine, i) => cosine > negative[i]!).length;
  return {
    'pairwise/mean_cos': mean(positive),
    'pairwise/median_cos': quantile(positive, 0.5),
    'pairwise/min_cos': quantile(positive, 0),
    'pairwise/max_cos': quantile(positive, 1),
    'pairwise/acc_pos>neg': wins / positive.length,
  };
}
