/** Vectors of unit length that lie like embeddings: in many dimensions, but not in all directions alike. */

/**
 * Dimensions in which the vectors differ at all. In as many as they have values, all would be equally far from each
 * other, and an approximate index would find none of the nearest.
 */
const INTRINSIC_DIMENSIONS = 32;

/** Float32 [count, dimensions], the same for the same arguments; `first` is the number of the first vector. */
export function unitVectors(count: number, dimensions: number, first: number): Float32Array {
  const directions = noise(INTRINSIC_DIMENSIONS * dimensions, 0x5eed);
  const weights = noise(count * INTRINSIC_DIMENSIONS, (first + 1) * INTRINSIC_DIMENSIONS);
  const values = new Float32Array(count * dimensions);
  for (let index = 0; index < count; index++) {
    const vector = values.subarray(index * dimensions, (index + 1) * dimensions);
    for (let direction = 0; direction < INTRINSIC_DIMENSIONS; direction++) {
      const weight = weights[index * INTRINSIC_DIMENSIONS + direction]!;
      const offset = direction * dimensions;
      for (let value = 0; value < dimensions; value++) vector[value]! += weight * directions[offset + value]!;
    }
    normalize(vector);
  }
  return values;
}

function normalize(vector: Float32Array): void {
  const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  for (let index = 0; index < vector.length; index++) vector[index]! /= norm;
}

/** Values in [−1, 1) by MurmurHash3's finalizer, in which neighbouring numbers have nothing in common. */
function noise(count: number, from: number): Float64Array {
  return Float64Array.from({ length: count }, (_, index) => {
    const number = from + index;
    let bits = Math.imul(number ^ (number >>> 16), 0x85ebca6b);
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
    return (bits ^ (bits >>> 16)) / 2 ** 31;
  });
}
