/** numpy's `default_rng(seed)`: the same stream and the same methods, bit for bit, for indices and doubles. */
import { boundedInteger, maskedInteger } from './bounded.ts';
import { Pcg64 } from './pcg64.ts';
import { type MutableList, range, sampleWithoutReplacement, shuffleInPlace } from './sample.ts';

/** Results are Int32Array: what is drawn here are indices. */
const MIN_INT32 = -(2 ** 31);
const MAX_COUNT = 2 ** 31;

function requireCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > MAX_COUNT) {
    throw new RangeError(`${name} must be an integer from 0 to 2^31, got ${value}`);
  }
}

function requireInterval(low: number, high: number): void {
  if (!Number.isInteger(low) || !Number.isInteger(high) || low < MIN_INT32 || high > MAX_COUNT) {
    throw new RangeError(`low and high must be integers from -2^31 to 2^31, got [${low}, ${high})`);
  }
  if (low >= high) throw new RangeError(`low must be below high, got [${low}, ${high})`);
}

/** The part of `numpy.random.Generator` that splitting, negatives and resampling need. */
export class NumpyGenerator {
  private readonly bits: Pcg64;

  /**
   * @param seed Non-negative integer of any size; a `bigint` from 2^53 on.
   * @throws RangeError when the seed is negative, fractional, or a number from 2^53 on.
   */
  constructor(seed: number | bigint) {
    this.bits = new Pcg64(seed);
  }

  /** `rng.bit_generator.random_raw()`: the next 64 bits. */
  randomRaw(): bigint {
    return this.bits.nextUint64();
  }

  /** `rng.random(size)`: doubles in [0, 1). */
  random(size: number): Float64Array {
    requireCount('size', size);
    const out = new Float64Array(size);
    for (let i = 0; i < size; i++) out[i] = this.bits.nextDouble();
    return out;
  }

  /**
   * `rng.integers(low, high, size)`: integers in [low, high).
   *
   * @throws RangeError when the interval is empty or reaches outside the signed 32-bit integers.
   */
  integers(low: number, high: number, size: number): Int32Array<ArrayBuffer> {
    requireCount('size', size);
    requireInterval(low, high);
    const out = new Int32Array(size);
    for (let i = 0; i < size; i++) out[i] = low + boundedInteger(this.bits, high - low);
    return out;
  }

  /**
   * `int(rng.integers(low, high))`: one integer in [low, high), from the same stream as {@link integers}; half of a
   * 64-bit output that one call leaves goes to the next, whichever of the two it is.
   *
   * @throws RangeError when the interval is empty or reaches outside the signed 32-bit integers.
   */
  integer(low: number, high: number): number {
    requireInterval(low, high);
    return low + boundedInteger(this.bits, high - low);
  }

  /** `rng.permutation(count)`: 0 … count - 1 in random order. */
  permutation(count: number): Int32Array<ArrayBuffer> {
    requireCount('count', count);
    const out = range(count);
    shuffleInPlace(this.bits, out);
    return out;
  }

  /** `rng.permuted(numpy.tile([0, 1], (count, 1)), axis=1)[:, 0]`: 1 for each pair that is exchanged, else 0. */
  exchanges(count: number): Uint8Array<ArrayBuffer> {
    requireCount('count', count);
    const out = new Uint8Array(count);
    for (let i = 0; i < count; i++) out[i] = 1 - maskedInteger(this.bits, 2);
    return out;
  }

  /** `rng.shuffle(list)`, in place. */
  shuffle<T>(list: MutableList<T>): void {
    shuffleInPlace(this.bits, list);
  }

  /**
   * `rng.choice(population, size, replace=False)`: distinct integers in [0, population), in random order.
   *
   * @throws RangeError when `size` exceeds `population`.
   */
  choice(population: number, size: number): Int32Array<ArrayBuffer> {
    requireCount('population', population);
    requireCount('size', size);
    if (size > population) {
      throw new RangeError(`can't choose ${size} distinct values out of ${population}: ask for at most ${population}`);
    }
    return sampleWithoutReplacement(this.bits, population, size);
  }
}
