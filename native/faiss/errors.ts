/** What can go wrong in the FAISS binding, as one error class with a closed list of codes. */

const CODES = [
  /** build/faiss.node is missing or does not load. */
  'addon-not-built',
  /** FAISS does not understand the factory string, or can't make such an index of these dimensions. */
  'invalid-factory',
  /** A value of the wrong type; dimensions, k or a thread count that is not a positive integer below 2³¹. */
  'invalid-argument',
  /** The array's length is not a multiple of the index's dimensions. */
  'invalid-length',
  /** No vector has this id. */
  'invalid-id',
  /** setParameters named a parameter that the index lacks, or gave no number. */
  'invalid-parameters',
  /** The array's memory was transferred away before the call's turn came. */
  'detached-buffer',
  /** The index must be trained before vectors are added or searched. */
  'not-trained',
  /** More vectors, or a greater id, than Int32 labels can hold. */
  'label-overflow',
  'file-not-found',
  /** The file can't be opened, or not be written to its end. */
  'file-error',
  /** The bytes are no index that FAISS can read. */
  'corrupt-index',
  /** A stored index with a metric other than inner product and L2. */
  'unsupported',
  /** The index was disposed before the call. */
  'disposed',
  /** An array for the result, or FAISS's own memory, could not be had. */
  'out-of-memory',
  /** Anything else that FAISS refuses; the message is FAISS's own. */
  'faiss',
] as const;

export type FaissErrorCode = (typeof CODES)[number];

/** Thrown, or rejected with, by everything in this package. */
export class FaissError extends Error {
  override readonly name = 'FaissError';
  readonly code: FaissErrorCode;

  constructor(code: FaissErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * The FaissError for an error of the addon, which stays its `cause`.
 *
 * @param what what was being done: the message's first words
 * @param fallback the code when FAISS refused without a code of ours
 */
export function faissError(cause: unknown, what: string, fallback: FaissErrorCode = 'faiss'): FaissError {
  const { code, message } = cause as { code?: unknown; message: string };
  const known = CODES.find((candidate) => candidate === code && candidate !== 'faiss');
  // FAISS puts its C++ function and source line before the message proper.
  const reason = message.replace(/^Error in [^]*? at \S+:\d+: (Error: )?/, '');
  return new FaissError(known ?? fallback, `${what}: ${reason}`, { cause });
}

/** Settles as `call` does, with an error of the addon turned into a FaissError; see `faissError`. */
export async function translated<T>(what: string, call: () => Promise<T>, fallback?: FaissErrorCode): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw faissError(cause, what, fallback);
  }
}
