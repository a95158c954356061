/** What the cache says about keys: where the embedding of each one is. */

export interface Lookup {
  /** Ids of the segments, ascending. */
  readonly segments: readonly string[];
  /** Rows of each of them. */
  readonly rows: readonly number[];
  /** Position in `segments` for each key, or -1 where it has no embedding. */
  readonly segmentOf: Int32Array;
  /** Row in that segment for each key. */
  readonly rowOf: Int32Array;
  /** Keys that have no embedding. */
  readonly missing: number;
}
