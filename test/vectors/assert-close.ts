/** Equality of numbers up to rounding. */
import assert from 'node:assert/strict';

/** Fails unless the absolute difference is at most `tolerance`; NaN is close to nothing. */
export function assertClose(actual: number, expected: number, tolerance: number, what = 'value'): void {
  const close = Math.abs(actual - expected) <= tolerance;
  assert.ok(close, `${what} is ${actual}, expected ${expected} to within ${tolerance}`);
}
