/** A matrix of embeddings and what metrics need of it. */

/** Row-major float32 [rows, dimensions], rows of unit length, so that a dot product is a cosine. */
export interface Embeddings {
  readonly values: Float32Array;
  readonly dimensions: number;
}

/** @throws RangeError when the values don't make whole rows. */
export function rowCount({ values, dimensions }: Embeddings): number {
  const rows = values.length / dimensions;
  if (!Number.isInteger(rows)) {
    throw new RangeError(`${values.length} values are not whole rows of ${dimensions} dimensions`);
  }
  return rows;
}

/** Dot product of row `i` of `a` and row `j` of `b`, summed in double precision. */
export function dot(a: Embeddings, i: number, b: Embeddings, j: number): number {
  const { dimensions } = a;
  const offsetA = i * dimensions;
  const offsetB = j * dimensions;
  let sum = 0;
  for (let k = 0; k < dimensions; k++) sum += a.values[offsetA + k]! * b.values[offsetB + k]!;
  return sum;
}

/**
 * The rows at `indices`, in that order, e.g. the positive of each query out of a corpus.
 *
 * @throws RangeError when an index is outside the matrix.
 */
export function gatherRows(matrix: Embeddings, indices: Int32Array): Embeddings {
  const rows = rowCount(matrix);
  const { dimensions } = matrix;
  const values = new Float32Array(indices.length * dimensions);
  for (const [target, index] of indices.entries()) {
    if (index < 0 || index >= rows) throw new RangeError(`row ${index} is outside a matrix of ${rows} rows`);
    values.set(matrix.values.subarray(index * dimensions, (index + 1) * dimensions), target * dimensions);
  }
  return { values, dimensions };
}

/**
 * Rows of two matrices that belong together pair by pair.
 *
 * @throws RangeError when their shapes differ.
 */
export function pairCount(queries: Embeddings, positives: Embeddings): number {
  const pairs = rowCount(queries);
  if (rowCount(positives) !== pairs || positives.dimensions !== queries.dimensions) {
    throw new RangeError(
      `queries are [${pairs}, ${queries.dimensions}] but positives [${rowCount(positives)}, ${positives.dimensions}]: ` +
        'row i of both must be one pair',
    );
  }
  return pairs;
}
