/** Reads whole segments and keeps the recent ones, since neighbouring blocks of texts often share them. */
import type { SegmentRows } from '../../core/segment-file.ts';
import type { SegmentObjects } from './segment-objects.ts';

export class RecentSegments {
  readonly #segments: SegmentObjects;
  readonly #mostBytes: number;
  /** In the order of their last use. */
  readonly #recent = new Map<string, SegmentRows>();
  #bytes = 0;

  constructor(segments: SegmentObjects, mostBytes: number) {
    this.#segments = segments;
    this.#mostBytes = mostBytes;
  }

  /** Null when the segment is gone or corrupt. */
  async read(id: string): Promise<SegmentRows | null> {
    const rows = this.#recent.get(id) ?? (await this.#segments.read(id));
    if (rows) this.#keep(id, rows);
    return rows;
  }

  #keep(id: string, rows: SegmentRows): void {
    this.#drop(id);
    this.#recent.set(id, rows);
    this.#bytes += rows.embeddings.byteLength;
    for (const oldest of this.#recent.keys()) {
      if (this.#bytes <= this.#mostBytes) return;
      this.#drop(oldest);
    }
  }

  #drop(id: string): void {
    this.#bytes -= this.#recent.get(id)?.embeddings.byteLength ?? 0;
    this.#recent.delete(id);
  }
}
