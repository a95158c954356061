/** Checks of what callers hand in, made before anything reaches the addon. */
import { markAsUntransferable } from 'node:worker_threads';
import { FaissError } from './errors.ts';

/** FAISS holds dimensions and labels in 32 and the addon gives them out in 32 bits. */
const LARGEST_INT32 = 2 ** 31 - 1;

/** @throws {FaissError} `invalid-argument` */
export function checkPositiveInteger(value: number, name: string): void {
  if (Number.isInteger(value) && value > 0 && value <= LARGEST_INT32) return;
  throw new FaissError('invalid-argument', `${name} must be a positive integer below 2³¹, not ${String(value)}`);
}

/**
 * How many vectors of `dimensions` values the array holds.
 *
 * @throws {FaissError} `invalid-argument` for another type, `invalid-length` for a part of a vector
 */
export function vectorCount(vectors: Float32Array, dimensions: number): number {
  if (!(vectors instanceof Float32Array)) {
    throw new FaissError('invalid-argument', 'vectors must be a Float32Array of [n, dimensions] values, row by row');
  }
  const count = vectors.length / dimensions;
  if (Number.isInteger(count)) return count;
  const message = `${vectors.length} values are no whole number of vectors: the index has ${dimensions} dimensions`;
  throw new FaissError('invalid-length', message);
}

/**
 * Makes it safe for a thread to read the array while JavaScript runs on: its memory may neither move away to another
 * thread nor shrink. Held for good, since Node has no way to take the mark back.
 *
 * @throws {FaissError} `invalid-argument` for a view of a resizable ArrayBuffer
 */
export function pin(array: Float32Array | Uint8Array): void {
  if ('resizable' in array.buffer && array.buffer.resizable === true) {
    throw new FaissError('invalid-argument', 'a view of a resizable ArrayBuffer can shrink while it is read: copy it');
  }
  markAsUntransferable(array.buffer);
}
