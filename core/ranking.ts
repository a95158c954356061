/** Rankings of passages: what stands before what, and where the answer stands. */

/** 1-based rank of a query's gold passage among the passages returned, `null` where it is not among them. */
export type Rank = number | null;

/** A passage as a search finds it. */
export interface Found {
  readonly cosine: number;
  /** Position in the corpus, which is in first-seen order. */
  readonly passage: number;
}

/**
 * The order of every ranking: the nearer passage first, and of equally near ones the one that comes earlier in the
 * corpus. Negative where `a` stands before `b`.
 *
 * It is what sentence-transformers' InformationRetrievalEvaluator has (score, then corpus id); FAISS returns equally near
 * passages in an order of its own. `topK` and the trainer's dev evaluation, which go through the corpus in its order,
 * follow the same rule.
 */
export function compareNearness(a: Found, b: Found): number {
  return b.cosine - a.cosine || a.passage - b.passage;
}

/**
 * Puts {@link compareNearness}'s order into what FAISS returns, which has equally near passages in an order of its own.
 *
 * @param labels Passage indices, best first, row-major [queries, k]; sorted in place.
 * @param scores Their inner products, same shape; sorted in place.
 */
export function settleTies(labels: Int32Array, scores: Float32Array, k: number): void {
  for (let start = 0; start < labels.length; start += k) {
    const found = Array.from(labels.subarray(start, start + k), (passage, place) => ({
      cosine: scores[start + place]!,
      passage,
    }));
    found.sort(compareNearness);
    for (const [place, { cosine, passage }] of found.entries()) {
      labels[start + place] = passage;
      scores[start + place] = cosine;
    }
  }
}

/**
 * Finds each query's gold passage in its list of neighbours.
 *
 * @param labels Passage indices, best first, row-major [queries, k]; -1 (no neighbour) never matches.
 * @param gold Index of each query's gold passage [queries].
 * @throws RangeError when the shapes disagree.
 */
export function ranksOfGold(labels: ArrayLike<number | bigint>, k: number, gold: Int32Array): Rank[] {
  if (labels.length !== gold.length * k) {
    throw new RangeError(`expected ${gold.length} queries x ${k} labels, got ${labels.length} labels`);
  }
  return Array.from(gold, (passage, query) => {
    for (let rank = 1; rank <= k; rank++) {
      if (Number(labels[query * k + rank - 1]) === passage) return rank;
    }
    return null;
  });
}
