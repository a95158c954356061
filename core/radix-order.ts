/** Orders of many positions by radix sort: ten million take a second, where a comparison function takes half a minute. */
import { KEY_BYTES, keyAt, keyCount } from './text-key.ts';

/** Values are sorted by 16 bits at a time. */
const DIGIT_BITS = 16;
const DIGITS = 1 << DIGIT_BITS;

/** Positions 0 to `count` - 1, uint32 [count]. */
export function positionsOf(count: number): Uint32Array<ArrayBuffer> {
  const positions = new Uint32Array(count);
  for (let position = 0; position < count; position++) positions[position] = position;
  return positions;
}

/** Sorts positions in place by an unsigned 32-bit value of each; equal ones keep their order. */
export function sortByValue(positions: Uint32Array, valueOf: (position: number) => number): void {
  const sorted = new Uint32Array(positions.length);
  for (const shift of [0, DIGIT_BITS]) {
    const starts = new Uint32Array(DIGITS);
    for (const position of positions) starts[(valueOf(position) >>> shift) & (DIGITS - 1)]!++;
    // Short texts have small lengths: the upper digits are all the same.
    if (starts[0] === positions.length) continue;
    let start = 0;
    for (let digit = 0; digit < DIGITS; digit++) {
      const count = starts[digit]!;
      starts[digit] = start;
      start += count;
    }
    for (const position of positions) sorted[starts[(valueOf(position) >>> shift) & (DIGITS - 1)]!++] = position;
    positions.set(sorted);
  }
}

/**
 * Sorts positions of text keys in place, ascending by the keys' bytes; equal keys keep their order.
 *
 * @param keys packed, uint8 [n, 32]
 */
export function sortByKey(positions: Uint32Array, keys: Uint8Array): void {
  const words = new DataView(keys.buffer, keys.byteOffset, keyCount(keys) * KEY_BYTES);
  const wordOf = (position: number): number => words.getUint32(position * KEY_BYTES);
  sortByValue(positions, wordOf);
  // Few of different SHA-256 digests begin with the same 32 bits.
  for (let start = 0, end = 1; start < positions.length; start = end++) {
    const word = wordOf(positions[start]!);
    while (end < positions.length && wordOf(positions[end]!) === word) end++;
    if (end - start > 1) positions.subarray(start, end).sort((a, b) => Buffer.compare(keyAt(keys, a), keyAt(keys, b)));
  }
}
