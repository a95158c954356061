/** Uniform integers below a bound, by the two methods that numpy uses side by side. */
import type { Pcg64 } from './pcg64.ts';

const TWO_POW_32 = 2 ** 32;
const TWO_POW_MINUS_32 = 2 ** -32;

/**
 * One integer in [0, count) by Lemire's nearly divisionless method; draws nothing when `count` is 1.
 *
 * numpy's `random_bounded_uint64` for at most 2^32 values, behind `integers` and `choice`.
 *
 * @param count Integer from 1 to 2^32.
 */
export function boundedInteger(bits: Pcg64, count: number): number {
  if (count === 1) return 0;
  if (count === TWO_POW_32) return bits.nextUint32();
  let draw = bits.nextUint32();
  let low = Math.imul(draw, count) >>> 0;
  if (low < count) {
    // Products whose low half falls below the threshold would make some values likelier: they are drawn again.
    const threshold = (TWO_POW_32 - count) % count;
    while (low < threshold) {
      draw = bits.nextUint32();
      low = Math.imul(draw, count) >>> 0;
    }
  }
  // draw · count may exceed 2^53 and be rounded, by far less than the 2^31 that it would take to reach another value.
  return Math.round((draw * count - low) * TWO_POW_MINUS_32);
}

/**
 * One integer in [0, count) by rejection: 32 bits under the smallest mask that covers them, until they are below.
 *
 * numpy's `random_interval`, behind `shuffle` and `permutation`.
 *
 * @param count Integer from 2 to 2^31.
 */
export function maskedInteger(bits: Pcg64, count: number): number {
  const mask = 0xffffffff >>> Math.clz32(count - 1);
  let value = bits.nextUint32() & mask;
  while (value >= count) value = bits.nextUint32() & mask;
  return value;
}
