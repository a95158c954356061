/** How far two arrays of numbers are apart. */

/**
 * @returns largest absolute difference of two elements at the same position, 0 for empty arrays, NaN where one is NaN
 * @throws RangeError when the lengths differ
 */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new RangeError(`${a.length} numbers can't be compared with ${b.length}`);
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    if (Number.isNaN(difference)) return difference;
    if (difference > largest) largest = difference;
  }
  return largest;
}
