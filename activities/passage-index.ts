/** Exact search among passages by their cached embeddings. */
import type { EmbeddingCache } from '../adapters/embedding-cache/embedding-cache.ts';
import { dot, type Embeddings } from '../core/embeddings.ts';
import { gatherKeys, packTextKeys } from '../core/text-key.ts';
import { IndexFlatIP } from '../native/faiss/index.ts';
import { cacheOrder } from './cache-order.ts';
import type { ExactIndex } from './nearest-passages.ts';

/** Rows in memory at a time while the index is filled. */
const BLOCK_ROWS = 1_024;

export class PassageIndex implements ExactIndex {
  readonly #index: IndexFlatIP;
  /** Passage of each of the index's labels. */
  readonly #passageOf: Uint32Array;
  /** Label of each passage. */
  readonly #labelOf: Int32Array;

  private constructor(index: IndexFlatIP, passageOf: Uint32Array) {
    this.#index = index;
    this.#passageOf = passageOf;
    this.#labelOf = new Int32Array(passageOf.length);
    for (const [label, passage] of passageOf.entries()) this.#labelOf[passage] = label;
  }

  /**
   * @param passages as the encoder reads them
   * @throws MissingEmbeddingsError
   */
  static async over(cache: EmbeddingCache, passages: readonly string[], signal: AbortSignal): Promise<PassageIndex> {
    const keys = packTextKeys(passages);
    const order = await cacheOrder(cache, keys);
    const index = new IndexFlatIP(cache.dimensions);
    for await (const block of cache.stream(gatherKeys(keys, order), BLOCK_ROWS, { signal })) await index.add(block);
    return new PassageIndex(index, order);
  }

  get size(): number {
    return this.#passageOf.length;
  }

  async search(
    queries: Float32Array,
    k: number,
  ): Promise<{ readonly passages: Int32Array; readonly cosines: Float32Array }> {
    const { labels, distances } = await this.#index.search(queries, k);
    for (let place = 0; place < labels.length; place++) labels[place] = this.#passageOf[labels[place]!]!;
    return { passages: labels, cosines: distances };
  }

  async cosine(queries: Embeddings, row: number, passage: number): Promise<number> {
    const values = await this.#index.reconstruct(this.#labelOf[passage] ?? -1);
    return dot(queries, row, { values, dimensions: queries.dimensions }, 0);
  }

  dispose(): void {
    this.#index.dispose();
  }
}
