/** Where in a search result the answer stands. */

/** 1-based rank of a query's gold passage among the passages returned, `null` where it is not among them. */
export type Rank = number | null;

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
