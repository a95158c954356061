/** The measures that need embeddings but no index, on one random stream. */
import type { Embeddings } from '../embeddings.ts';
import { NumpyGenerator } from '../numpy-random/generator.ts';
import { miniRanks, miniRanksOfVersion1, miniRetrievalMetrics } from './mini-retrieval.ts';
import { type PairCosines, pairCosines, pairwiseMetrics } from './pairwise.ts';

export interface SimilarityOptions {
  /** Seed of the random negatives; the reference has 123. */
  readonly seed: number;
  /** Negatives beside the positive in mini retrieval; the reference has 19. */
  readonly miniNegatives: number;
}

/** Version of the step `evaluate`: its records of version 1 have mini retrieval by another draw. */
export type EvaluateVersion = 1 | 2;

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
 * @param gold Position of each pair's positive in the corpus [n].
 * @throws RangeError when the shapes differ, or there are too few pairs.
 */
export function measureSimilarity(
  queries: Embeddings,
  positives: Embeddings,
  gold: Int32Array,
  { seed, miniNegatives }: SimilarityOptions,
  version: EvaluateVersion = 2,
): Similarity {
  const generator = new NumpyGenerator(seed);
  const cosines = pairCosines(queries, positives, generator);
  const ranks =
    version === 1
      ? miniRanksOfVersion1(queries, positives, generator, miniNegatives)
      : miniRanks(queries, positives, gold, generator, miniNegatives);
  const metrics = { ...pairwiseMetrics(cosines), ...miniRetrievalMetrics(ranks, miniNegatives) };
  return { metrics, cosines, miniRanks: ranks };
}
