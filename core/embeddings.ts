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
