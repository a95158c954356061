/** One index to build and to search, the same for the binding and for its peer. */

export interface SearchTask {
  /** FAISS factory string. */
  readonly factory: string;
  /** Search-time parameters, such as `nprobe=16`; empty for FAISS's defaults. */
  readonly parameters: string;
  readonly dimensions: number;
  /** float32 [n, dimensions] to add. */
  readonly corpus: Float32Array;
  /** float32 [m, dimensions] to search for. */
  readonly queries: Float32Array;
  readonly k: number;
}
