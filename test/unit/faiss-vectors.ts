/** Vectors for the tests of the FAISS binding: always the same, no two alike, without a pattern that an index could use. */

/** [count, dimensions] values in [−1, 1); another seed gives others. */
export function vectors(count: number, dimensions: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count * dimensions }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return state / 2 ** 31;
  });
}

/** Row `row` of [n, dimensions] values. */
export function row(values: Float32Array, dimensions: number, index: number): Float32Array {
  return values.subarray(index * dimensions, (index + 1) * dimensions);
}
