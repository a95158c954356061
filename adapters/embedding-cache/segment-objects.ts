/** Segments as objects of the store: none is handed out unverified, and a corrupt one is reported and deleted. */
import { encodeSegment, keysEnd, readKeys, readSegment, rowsInBytes, SegmentError } from '../../core/segment-file.ts';
import type { SegmentKind, SegmentRows } from '../../core/segment-file.ts';
import { segmentId } from '../../core/segments.ts';
import type { ObjectStore } from '../object-store/object-store.ts';
import { untilSettled } from '../object-store/until-settled.ts';

export interface ListedSegment {
  readonly id: string;
  readonly bytes: number;
  readonly modified: Date;
}

/** Takes a warning to the log. */
export type Warn = (message: string, attributes: Record<string, unknown>) => void;

const NAME = /^([0-9a-f]{64})\.safetensors$/;

export class SegmentObjects {
  readonly prefix: string;
  readonly #store: ObjectStore;
  readonly #kind: SegmentKind;
  readonly #warn: Warn;

  constructor(store: ObjectStore, kind: SegmentKind, warn: Warn) {
    this.prefix = `embeddings/${kind.encoder}/`;
    this.#store = store;
    this.#kind = kind;
    this.#warn = warn;
  }

  /** In ascending order of their ids. */
  async list(): Promise<ListedSegment[]> {
    const segments: ListedSegment[] = [];
    for await (const { key, bytes, modified } of this.#store.list(this.prefix)) {
      const id = NAME.exec(key.slice(this.prefix.length))?.[1];
      if (id !== undefined) segments.push({ id, bytes, modified });
    }
    return segments;
  }

  /** Keys of a segment, uint8 [n, 32]; null when it is gone or corrupt. Reads no embeddings. */
  async readKeys({ id, bytes }: ListedSegment): Promise<Uint8Array | null> {
    return this.#verified(id, async (key) => {
      const rows = rowsInBytes(bytes, this.#kind);
      const start = await this.#store.getRange(key, 0, keysEnd(rows));
      return start && readKeys(id, start, rows, this.#kind);
    });
  }

  /** A whole segment; null when it is gone or corrupt. */
  async read(id: string): Promise<SegmentRows | null> {
    return this.#verified(id, async (key) => {
      const object = await this.#store.get(key);
      return object && readSegment(id, object.body, this.#kind);
    });
  }

  /**
   * Writes a segment where there is none or a corrupt one; false when a sound one is there. Throws a RangeError when `id`
   * is not that of the keys.
   */
  async put(id: string, rows: SegmentRows): Promise<boolean> {
    if (segmentId(rows.keys) !== id) throw new RangeError(`the keys of segment ${id} hash to ${segmentId(rows.keys)}`);
    const file = encodeSegment(rows, this.#kind);
    return untilSettled(this.#store.url, `put ${this.#key(id)}`, async () => {
      if (await this.#store.putIfAbsent(this.#key(id), file)) return true;
      return (await this.read(id)) ? false : null;
    });
  }

  async remove(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.#store.delete(ids.map((id) => this.#key(id)));
  }

  async #verified<T>(id: string, read: (key: string) => Promise<T | null>): Promise<T | null> {
    const key = this.#key(id);
    try {
      return await read(key);
    } catch (error) {
      if (!(error instanceof SegmentError)) throw error;
      this.#warn('A segment of embeddings is corrupt: its texts will be encoded again', { key, reason: error.message });
      await this.#store.delete([key]);
      return null;
    }
  }

  #key(id: string): string {
    return segmentKey(this.#kind.encoder, id);
  }
}

/** Where a segment stands. */
export function segmentKey(encoder: string, id: string): string {
  return `embeddings/${encoder}/${id}.safetensors`;
}
