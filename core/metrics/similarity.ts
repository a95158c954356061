/** The measures that need embeddings but no index, on one random stream. */
import type { Embeddings } from '../embeddings.ts';
import { NumpyGenerator } from '../numpy-random/generator.ts';
import { miniRanks, miniRetrievalMetrics } from './mini-retrieval.ts';
import { type PairCosines, pairCosines, pairwiseMetrics } from './pairwise.ts';

export interface SimilarityOptions {
  /** Seed of the random negatives; the reference has 123. */
  readonly seed: number;
  /** Negatives beside the positive in mini retrieval; the reference has 19. */
  readonly miniNegatives: number;
}

/** Metrics by their W&B names, and what each query contributed to them. */
export interface Similarity {
  readonly metrics: Readonly<Record<string, number>>;
  readonly cosines: PairCosines;
  /** [pairs], from 1 to miniNegatives + 1. */
  readonly miniRanks: Int32Array;
}

/**
 * Pairwise metrics, then mini retrieval with what the same generator draws next.
 *
 * @param queries Row i and row i of `positives` are one pair [n, d].
 * @throws RangeError when the shapes differ, or there are too few pairs.
 */
export function measureSimilarity(
  queries: Embeddings,
  positives: Embeddings,
  { seed, miniNegatives }: SimilarityOptions,
): Similarity {
  const generator = new NumpyGenerator(seed);
  const cosines = pairCosines(queries, positives, generator);
  const ranks = miniRanks(queries, positives, generator, miniNegatives);
  const metrics = { ...pairwiseMetrics(cosines), ...miniRetrievalMetrics(ranks, miniNegatives) };
  return { metrics, cosines, miniRanks: ranks };
}
