/** The exact indexes, by the names they have in FAISS. */
import { Index } from './faiss-index.ts';
import { emptyIndex } from './native-index.ts';

/** Exact search by inner product: cosine similarity, where vectors and queries are normalised. */
export class IndexFlatIP extends Index {
  /** @throws {FaissError} `invalid-argument`, `addon-not-built` */
  constructor(dimensions: number) {
    super(emptyIndex(dimensions, 'Flat', 'inner-product'));
  }
}

/** Exact search by squared Euclidean distance. */
export class IndexFlatL2 extends Index {
  /** @throws {FaissError} `invalid-argument`, `addon-not-built` */
  constructor(dimensions: number) {
    super(emptyIndex(dimensions, 'Flat', 'l2'));
  }
}
