/** The key of a text in the embedding cache: SHA-256 of its UTF-8 bytes, packed into one array for many texts. */
import { createHash } from 'node:crypto';

/** Bytes of one key. */
export const KEY_BYTES = 32;

/** Key of one text, its prefix included: 32 bytes. */
export function textKey(text: string): Uint8Array {
  return createHash('sha256').update(text, 'utf8').digest();
}

/** Keys of texts one after the other, uint8 [texts, 32]. */
export function packTextKeys(texts: readonly string[]): Uint8Array<ArrayBuffer> {
  const keys = new Uint8Array(texts.length * KEY_BYTES);
  for (const [index, text] of texts.entries()) keys.set(textKey(text), index * KEY_BYTES);
  return keys;
}

/** @throws RangeError when the bytes are not whole keys. */
export function keyCount(keys: Uint8Array): number {
  const count = keys.length / KEY_BYTES;
  if (!Number.isInteger(count)) throw new RangeError(`${keys.length} bytes are not whole keys of ${KEY_BYTES}`);
  return count;
}

/** Key at `index`, a view. */
export function keyAt(keys: Uint8Array, index: number): Uint8Array {
  return keys.subarray(index * KEY_BYTES, (index + 1) * KEY_BYTES);
}

/** Keys at `indices`, in that order. */
export function gatherKeys(keys: Uint8Array, indices: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const gathered = new Uint8Array(indices.length * KEY_BYTES);
  for (let target = 0; target < indices.length; target++)
    gathered.set(keyAt(keys, indices[target] ?? 0), target * KEY_BYTES);
  return gathered;
}
