/** The embedding cache of one encoder: which texts have an embedding, and the embeddings, out of immutable segments. */
import { tmpdir } from 'node:os';
import type { CompactedCache } from '../../contracts/activities.ts';
import { rowsInBytes, SegmentError, type SegmentKind, type SegmentRows } from '../../core/segment-file.ts';
import { keyCount } from '../../core/text-key.ts';
import type { ObjectStore } from '../object-store/object-store.ts';
import { compactSegments } from './compaction.ts';
import { gatherBlock } from './gather.ts';
import { KeyIndex } from './key-index.ts';
import type { Lookup } from './lookup.ts';
import { MissingEmbeddingsError } from './missing-embeddings.ts';
import { RecentSegments } from './recent-segments.ts';
import { SegmentObjects, type Warn } from './segment-objects.ts';

export interface CacheSize {
  readonly segments: number;
  /** Rows; a text that two segments have counts twice. */
  readonly texts: number;
  readonly bytes: number;
}

export interface ReadOptions {
  /** Stops between two segments. */
  readonly signal?: AbortSignal;
}

export interface EncoderKind {
  /** Hex, over everything that an embedding depends on beside its text. */
  readonly digest: string;
  readonly dimensions: number;
}

/** Bytes of embeddings that a stream keeps for its next read: blocks share segments. */
const RECENT_BYTES = 64 << 20;

/**
 * Keys are packed, uint8 [n, 32], as `packTextKeys` makes them. All methods throw what the object store throws. What is
 * kept between calls is on disk, 32 bytes a text, but for some hundred bytes a segment; one object serves any number of
 * callers at the same time.
 */
export class EmbeddingCache {
  readonly dimensions: number;
  readonly #kind: SegmentKind;
  readonly #segments: SegmentObjects;
  readonly #index: KeyIndex;

  /**
   * @param warn told of each corrupt segment before it is deleted, with its `key` and the `reason`
   * @param folder for the keys of the segments, 32 bytes a text
   */
  constructor(store: ObjectStore, encoder: EncoderKind, warn: Warn, folder = tmpdir()) {
    this.dimensions = encoder.dimensions;
    this.#kind = { encoder: encoder.digest, dimensions: encoder.dimensions };
    this.#segments = new SegmentObjects(store, this.#kind, warn);
    this.#index = new KeyIndex(this.#segments, folder);
  }

  /** Reads key ranges only, each once in the life of this object: segments never change. */
  async locate(keys: Uint8Array): Promise<Lookup> {
    return this.#index.locate(keys);
  }

  /** Whether the segment is there; it is read as a whole and verified. */
  async has(id: string): Promise<boolean> {
    return (await this.#segments.read(id)) !== null;
  }

  /**
   * Stores a segment where there is none, or a corrupt one.
   *
   * @returns false when a sound one is there already: the first writer wins, and its embeddings count.
   * @throws RangeError when `id` is not that of the keys, or the rows don't fit.
   */
  async put(id: string, rows: SegmentRows): Promise<boolean> {
    return this.#segments.put(id, rows);
  }

  /**
   * Embeddings in the order of the keys, float32 [n, dimensions], out of verified segments.
   *
   * @throws MissingEmbeddingsError
   */
  async load(keys: Uint8Array, options?: ReadOptions): Promise<Float32Array<ArrayBuffer>> {
    for await (const block of this.stream(keys, Math.max(1, keyCount(keys)), options)) return block;
    return new Float32Array();
  }

  /**
   * The same in blocks of `blockRows` rows, the last one shorter. Memory holds one block, four segments and the recent
   * ones.
   *
   * @throws MissingEmbeddingsError before the first block, or when a segment turns out to be corrupt.
   */
  async *stream(
    keys: Uint8Array,
    blockRows: number,
    { signal }: ReadOptions = {},
  ): AsyncGenerator<Float32Array<ArrayBuffer>, void> {
    if (!(blockRows >= 1)) throw new RangeError(`a block must have rows, got blockRows ${blockRows}`);
    const total = keyCount(keys);
    const recent = new RecentSegments(this.#segments, RECENT_BYTES);
    const read = async (id: string): Promise<SegmentRows | null> => recent.read(id);
    let lookup = await this.#locateAll(keys);
    for (let start = 0; start < total;) {
      signal?.throwIfAborted();
      const end = Math.min(start + blockRows, total);
      const block = await gatherBlock(lookup, { start, end }, { dimensions: this.dimensions, read, signal });
      if (block) {
        yield block;
        start = end;
      } else lookup = await this.#locateAll(keys);
    }
  }

  /** Goes by the listing alone; a torn segment has no rows that count. */
  async describe(): Promise<CacheSize> {
    const size = { segments: 0, texts: 0, bytes: 0 };
    for (const { bytes } of await this.#segments.list()) {
      size.segments++;
      size.texts += rowsIn(bytes, this.#kind);
      size.bytes += bytes;
    }
    return size;
  }

  /**
   * Merges small segments into large ones, and removes those that larger ones have covered for an hour. Reads the keys of
   * all segments, and the small ones whole.
   *
   * @param now milliseconds since the epoch
   */
  async compact(now: number, { signal }: ReadOptions = {}): Promise<CompactedCache> {
    return compactSegments(this.#segments, await this.#index.segments(), { dimensions: this.dimensions, now, signal });
  }

  async #locateAll(keys: Uint8Array): Promise<Lookup> {
    const lookup = await this.locate(keys);
    if (lookup.missing > 0) throw new MissingEmbeddingsError(lookup.missing, keyCount(keys), this.#segments.prefix);
    return lookup;
  }
}

function rowsIn(bytes: number, kind: SegmentKind): number {
  try {
    return rowsInBytes(bytes, kind);
  } catch (error) {
    if (error instanceof SegmentError) return 0;
    throw error;
  }
}
