/** Retrieval in miniature: each positive among itself and a few random passages. */
import { dot, type Embeddings, pairCount } from '../embeddings.ts';
import type { NumpyGenerator } from '../numpy-random/generator.ts';
import { compareNearness } from '../ranking.ts';

/**
 * Rank of each query's positive among itself and its negatives by cosine, from 1 to negatives + 1 [n].
 *
 * For each query i in turn the candidates are the positives of pair i and of the first `negatives` distinct other pairs
 * that `int(generator.integers(0, n))`, called in a loop, comes upon. Of equally near passages the earlier one in the
 * corpus ranks first; a candidate that is the same passage as the positive is no rival of it.
 *
 * @param queries Row i and row i of `positives` are one pair [n, d].
 * @param gold Position of each pair's positive in the corpus [n].
 * @param negatives Random passages beside the positive.
 * @throws RangeError when the shapes differ, or there are too few pairs to draw from: the loop would never end.
 */
export function miniRanks(
  queries: Embeddings,
  positives: Embeddings,
  gold: Int32Array,
  generator: NumpyGenerator,
  negatives: number,
): Int32Array {
  const pairs = requirePairs(queries, positives, negatives);
  if (gold.length !== pairs) throw new RangeError(`${pairs} pairs need as many corpus positions, got ${gold.length}`);
  return Int32Array.from({ length: pairs }, (_, i) => {
    const others = new Set<number>();
    while (others.size < negatives) {
      const drawn = generator.integer(0, pairs);
      if (drawn !== i) others.add(drawn);
    }
    const candidate = (pair: number) => ({ cosine: dot(queries, i, positives, pair), passage: gold[pair]! });
    const own = candidate(i);
    return 1 + [...others].filter((other) => compareNearness(candidate(other), own) < 0).length;
  });
}

/**
 * What version 1 of the step `evaluate` computed, so that audits can recompute its records: negatives by
 * `drawn = generator.choice(n - 1, negatives, replace=False); drawn[drawn >= i] += 1`, and the positive before
 * whatever is as near.
 *
 * @throws RangeError as {@link miniRanks} does.
 */
export function miniRanksOfVersion1(
  queries: Embeddings,
  positives: Embeddings,
  generator: NumpyGenerator,
  negatives: number,
): Int32Array {
  const pairs = requirePairs(queries, positives, negatives);
  return Int32Array.from({ length: pairs }, (_, i) => {
    const cosine = dot(queries, i, positives, i);
    const drawn = generator.choice(pairs - 1, negatives).map((other) => (other >= i ? other + 1 : other));
    return 1 + drawn.filter((other) => dot(queries, i, positives, other) > cosine).length;
  });
}

function requirePairs(queries: Embeddings, positives: Embeddings, negatives: number): number {
  const pairs = pairCount(queries, positives);
  if (pairs > negatives) return pairs;
  throw new RangeError(
    `mini retrieval with ${negatives} negatives needs at least ${negatives + 1} pairs, got ${pairs}: ` +
      'use more rows or lower evaluation.miniNegatives',
  );
}

/** `mini_retrieval/R@1_(1pos+<negatives>neg)`: the share of positives that rank first. */
export function miniRetrievalMetrics(ranks: Int32Array, negatives: number): Record<string, number> {
  const firsts = ranks.filter((rank) => rank === 1).length;
  return { [`mini_retrieval/R@1_(1pos+${negatives}neg)`]: firsts / ranks.length };
}
