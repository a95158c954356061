/** How many of the true nearest neighbours an approximate index finds. */

/**
 * Recall@k against exact search: the share of each query's k exact neighbours that are among the k found, averaged
 * over queries (the measure of https://ann-benchmarks.com). Places without a neighbour (-1) count on neither side.
 *
 * @param exact Labels of exact search, row-major [queries, k].
 * @param found Labels of the index in question, same shape.
 * @throws RangeError when the shapes differ or there is no query.
 */
export function neighbourRecall(exact: ArrayLike<number>, found: ArrayLike<number>, k: number): number {
  if (exact.length !== found.length || exact.length === 0 || exact.length % k !== 0)
    throw new RangeError(`labels of ${exact.length} and ${found.length} are not the same queries x ${k}`);
  let share = 0;
  for (let start = 0; start < exact.length; start += k) {
    const truth = new Set(labels(exact, start, k));
    const hits = labels(found, start, k).filter((label) => truth.has(label)).length;
    share += hits / Math.max(1, truth.size);
  }
  return share / (exact.length / k);
}

function labels(all: ArrayLike<number>, start: number, k: number): number[] {
  return Array.from({ length: k }, (_, rank) => all[start + rank] ?? -1).filter((label) => label >= 0);
}
