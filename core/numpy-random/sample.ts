/** Drawing distinct integers and shuffling, step for step as numpy's `Generator` does. */
import { boundedInteger, maskedInteger } from './bounded.ts';
import type { Pcg64 } from './pcg64.ts';

/** numpy shuffles the tail of a list instead of Floyd's method for more than 1/50 of more than 10,000. */
const TAIL_SHUFFLE_MIN_POPULATION = 10_000;
const TAIL_SHUFFLE_SHARE = 50;

/** An array or a typed array. */
export interface MutableList<T> {
  readonly length: number;
  [index: number]: T;
}

/** How one integer in [0, count) is drawn: numpy's methods differ in this, and so do their streams. */
type DrawBelow = (bits: Pcg64, count: number) => number;

/** Fisher–Yates from the end down to position `first`, in place. */
function shuffleFrom<T>(bits: Pcg64, list: MutableList<T>, first: number, drawBelow: DrawBelow): void {
  for (let i = list.length - 1; i >= first; i--) {
    const j = drawBelow(bits, i + 1);
    const swapped = list[i]!;
    list[i] = list[j]!;
    list[j] = swapped;
  }
}

/** `shuffle(list)`, in place. */
export function shuffleInPlace<T>(bits: Pcg64, list: MutableList<T>): void {
  shuffleFrom(bits, list, 1, maskedInteger);
}

/** 0, 1, … `count` - 1. */
export function range(count: number): Int32Array<ArrayBuffer> {
  return Int32Array.from({ length: count }, (_, i) => i);
}

/** `size` distinct integers below `population` in random order: `choice(population, size, replace=False)`. */
export function sampleWithoutReplacement(bits: Pcg64, population: number, size: number): Int32Array<ArrayBuffer> {
  if (population > TAIL_SHUFFLE_MIN_POPULATION && size > Math.floor(population / TAIL_SHUFFLE_SHARE)) {
    return tailShuffle(bits, population, size);
  }
  return floyd(bits, population, size);
}

function tailShuffle(bits: Pcg64, population: number, size: number): Int32Array<ArrayBuffer> {
  const list = range(population);
  shuffleFrom(bits, list, Math.max(population - size, 1), boundedInteger);
  return list.slice(population - size);
}

/** Robert Floyd's method: a value drawn before gives way to the largest one allowed so far, which can't have been. */
function floyd(bits: Pcg64, population: number, size: number): Int32Array<ArrayBuffer> {
  const chosen = new Set<number>();
  for (let largest = population - size; largest < population; largest++) {
    const value = boundedInteger(bits, largest + 1);
    chosen.add(chosen.has(value) ? largest : value);
  }
  const sample = Int32Array.from(chosen);
  shuffleFrom(bits, sample, 1, boundedInteger);
  return sample;
}
