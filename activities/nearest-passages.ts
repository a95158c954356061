/** The passages nearest to queries, in an order that is the same on every machine and with any number of threads. */
import type { Embeddings } from '../core/embeddings.ts';
import { PassageRanking } from '../core/passage-ranking.ts';

/** An exact index over passages, which are known by their positions in the corpus. */
export interface ExactIndex {
  readonly size: number;
  /** The k passages nearest to each query, nearest first, row-major [queries, k]; k is at most `size`. */
  search(queries: Float32Array, k: number): Promise<{ readonly passages: Int32Array; readonly cosines: Float32Array }>;
  /** Cosine of row `row` of the queries with a passage, summed in double precision: the same on every machine. */
  cosine(queries: Embeddings, row: number, passage: number): Promise<number>;
}

/** Passages beyond the wanted ones that the first search has room for: those may tie with the last wanted one. */
const SPARE = 16;
/** How much deeper a query that needs it is searched each time. */
const DEEPER = 8;
const NONE: ReadonlySet<number> = new Set();

/**
 * @param queries Embeddings [queries, dimensions].
 * @param k Passages wanted of each; where the index has fewer, all.
 * @returns Passage numbers of each query, nearest first, equally near ones by their number [queries][k].
 */
export async function nearestPassages(index: ExactIndex, queries: Embeddings, k: number): Promise<Int32Array[]> {
  const wanted = Math.min(k, index.size);
  const depth = Math.min(wanted + SPARE, index.size);
  const { passages, cosines } = await index.search(queries.values, depth);
  const nearest: Int32Array[] = [];
  for (let query = 0; query * depth < passages.length; query++) {
    const [from, to] = [query * depth, (query + 1) * depth];
    let ranking = PassageRanking.without(NONE, passages.subarray(from, to), cosines.subarray(from, to), index.size);
    for (let deeper = depth * DEEPER; ranking.length < wanted; deeper *= DEEPER)
      ranking = await searchDeeper(index, queries, query, Math.min(deeper, index.size));
    nearest.push(await firstPlaces(ranking, index, queries, query, wanted));
  }
  return nearest;
}

async function searchDeeper(
  index: ExactIndex,
  { values, dimensions }: Embeddings,
  query: number,
  k: number,
): Promise<PassageRanking> {
  const { passages, cosines } = await index.search(values.subarray(query * dimensions, (query + 1) * dimensions), k);
  return PassageRanking.without(NONE, passages, cosines, index.size);
}

/** Puts exact cosines where float32 leaves the order of the first places open. */
async function firstPlaces(
  ranking: PassageRanking,
  index: ExactIndex,
  queries: Embeddings,
  query: number,
  places: number,
): Promise<Int32Array> {
  const first = [{ start: 0, end: places }];
  for (;;) {
    const run = ranking.unsettledRun(Number.NEGATIVE_INFINITY, first);
    if (!run) return ranking.passages.slice(0, places);
    const exact: number[] = [];
    for (const passage of ranking.passages.subarray(run.start, run.end))
      exact.push(await index.cosine(queries, query, passage));
    ranking.settle(run.start, exact);
  }
}
