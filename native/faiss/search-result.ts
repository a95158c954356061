/** What a search gives back, allocated before it starts: the addon's threads write into the arrays in place. */
import { FaissError } from './errors.ts';

/** The nearest vectors of each query, nearest first: rank j of query i stands at `i * k + j`. */
export interface SearchResult {
  /** [n, k] inner products or squared distances. */
  readonly distances: Float32Array;
  /** [n, k] ids; −1 where fewer than k vectors were found, beside the worst possible distance (±3.4e38). */
  readonly labels: Int32Array;
}

/** @throws {FaissError} `out-of-memory` */
export function allocateResult(queries: number, k: number): SearchResult {
  try {
    return { distances: new Float32Array(queries * k), labels: new Int32Array(queries * k) };
  } catch (cause) {
    throw new FaissError('out-of-memory', `no memory for the results of ${queries} queries × k = ${k}`, { cause });
  }
}
