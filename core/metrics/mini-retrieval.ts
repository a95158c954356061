/** Retrieval in miniature: each positive among itself and a few random passages. */
import { dot, type Embeddings, pairCount } from '../embeddings.ts';
import type { NumpyGenerator } from '../numpy-random/generator.ts';

/**
 * Rank of each query's positive among itself and its negatives by cosine, from 1 to negatives + 1 [n].
 *
 * For each query i in turn the negatives are the positives of the pairs
 * `drawn = generator.choice(n - 1, negatives, replace=False); drawn[drawn >= i] += 1`: distinct, and never pair i. Where a
 * negative is exactly as similar, e.g. since it is the same text, the positive is ranked before it, as `numpy.argmax`
 * takes it first out of [positive, …negatives].
 *
 * @param queries Row i and row i of `positives` are one pair [n, d].
 * @param negatives Random passages beside the positive.
 * @throws RangeError when the shapes differ, or there are too few pairs to draw from.
 */
export function miniRanks(
  queries: Embeddings,
  positives: Embeddings,
  generator: NumpyGenerator,
  negatives: number,
): Int32Array {
  const pairs = pairCount(queries, positives);
  if (pairs <= negatives) {
    throw new RangeError(
      `mini retrieval with ${negatives} negatives needs at least ${negatives + 1} pairs, got ${pairs}: ` +
        'use more rows or lower evaluation.miniNegatives',
    );
  }
  return Int32Array.from({ length: pairs }, (_, i) => {
    const cosine = dot(queries, i, positives, i);
    const drawn = generator.choice(pairs - 1, negatives).map((other) => (other >= i ? other + 1 : other));
    return 1 + drawn.filter((other) => dot(queries, i, positives, other) > cosine).length;
  });
}

/** `mini_retrieval/R@1_(1pos+<negatives>neg)`: the share of positives that rank first. */
export function miniRetrievalMetrics(ranks: Int32Array, negatives: number): Record<string, number> {
  const firsts = ranks.filter((rank) => rank === 1).length;
  return { [`mini_retrieval/R@1_(1pos+${negatives}neg)`]: firsts / ranks.length };
}
