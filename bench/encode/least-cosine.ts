/** How far two encoders agree. */

/**
 * Least cosine between row i of one matrix and row i of the other, in double precision.
 *
 * @param ours float32 [n, dimensions]
 * @param theirs of the same shape
 * @throws RangeError when the shapes differ
 */
export function leastCosine(ours: Float32Array, theirs: Float32Array, dimensions: number): number {
  if (ours.length !== theirs.length || ours.length % dimensions !== 0)
    throw new RangeError(`${ours.length} and ${theirs.length} values are not as many rows of ${dimensions}`);
  let least = 1;
  for (let start = 0; start < ours.length; start += dimensions) {
    const [product, a, b] = sums(ours.subarray(start, start + dimensions), theirs.subarray(start, start + dimensions));
    least = Math.min(least, product / Math.sqrt(a * b));
  }
  return least;
}

/** a·b, a·a, b·b */
function sums(a: Float32Array, b: Float32Array): [number, number, number] {
  let [ab, aa, bb] = [0, 0, 0];
  for (const [index, value] of a.entries()) {
    const other = b[index]!;
    ab += value * other;
    aa += value * value;
    bb += other * other;
  }
  return [ab, aa, bb];
}
