/**
 * Finds keys among the keys of all segments. Each segment's keys are read from the store once, into a file; memory goes
 * with the keys sought, and with the number of segments.
 */
import { KeyTable } from '../../core/key-table.ts';
import type { SegmentKeys } from '../../core/merge-segments.ts';
import { KEY_BYTES, keyCount } from '../../core/text-key.ts';
import { KeyFile, type KeyRange } from './key-file.ts';
import type { Lookup } from './lookup.ts';
import type { ListedSegment, SegmentObjects } from './segment-objects.ts';
import { mapParallel } from '../requests/map-parallel.ts';
import { withoutRequestScope } from '../requests/request-scope.ts';

/** Key ranges read at a time: each is one small request, so latency is what they wait for. */
const PARALLEL_READS = 16;

export interface StoredKeys extends SegmentKeys {
  readonly modified: Date;
}

interface IndexedSegment extends KeyRange {
  readonly id: string;
  readonly modified: Date;
}

export class KeyIndex {
  readonly #segments: SegmentObjects;
  readonly #file: KeyFile;
  /** By the segment's id, which fixes its keys. */
  readonly #ranges = new Map<string, KeyRange>();
  #running: Promise<unknown> = Promise.resolve();
  #next: Promise<readonly IndexedSegment[]> | null = null;

  /** @param folder for the file of keys */
  constructor(segments: SegmentObjects, folder: string) {
    this.#segments = segments;
    this.#file = new KeyFile(folder);
  }

  /** Where two segments have a key, the one with the lower id counts. */
  async locate(keys: Uint8Array): Promise<Lookup> {
    const segments = await this.#refresh();
    const segmentOf = new Int32Array(keyCount(keys)).fill(-1);
    const rowOf = new Int32Array(segmentOf.length);
    const sought = new KeyTable(keys);
    for (const [number, segment] of segments.entries()) {
      const stored = await this.#file.read(segment);
      for (let row = 0; row < segment.rows; row++) {
        const index = sought.find(stored, row);
        if (index === -1 || segmentOf[index] !== -1) continue;
        segmentOf[index] = number;
        rowOf[index] = row;
      }
    }
    let missing = 0;
    for (let index = 0; index < segmentOf.length; index++) {
      const first = sought.find(keys, index);
      segmentOf[index] = segmentOf[first]!;
      rowOf[index] = rowOf[first]!;
      if (segmentOf[index] === -1) missing++;
    }
    return {
      segments: segments.map(({ id }) => id),
      rows: segments.map(({ rows }) => rows),
      segmentOf,
      rowOf,
      missing,
    };
  }

  /** All segments that are there now, in ascending order of their ids, with their keys: 32 bytes a row in memory. */
  async segments(): Promise<StoredKeys[]> {
    const segments = await this.#refresh();
    const all = new Uint8Array(segments.reduce((rows, segment) => rows + segment.rows, 0) * KEY_BYTES);
    const stored: StoredKeys[] = [];
    let start = 0;
    for (const { id, modified, position, rows } of segments) {
      const keys = all.subarray(start, (start += rows * KEY_BYTES));
      await this.#file.readInto(keys, position);
      stored.push({ id, modified, keys });
    }
    return stored;
  }

  /**
   * The segments that are there now, in ascending order of their ids. Callers that come while a listing goes on wait for
   * the next one, which they share: only that is sure to see what they have written.
   */
  #refresh(): Promise<readonly IndexedSegment[]> {
    this.#next ??= this.#running.then(() => {
      // Not in the scope of the caller that came first: its end is not that of the others.
      const refresh = withoutRequestScope(() => this.#readNew());
      this.#running = refresh.catch(() => {});
      this.#next = null;
      return refresh;
    });
    return this.#next;
  }

  async #readNew(): Promise<readonly IndexedSegment[]> {
    const indexed = async ({ id, bytes, modified }: ListedSegment): Promise<IndexedSegment[]> => {
      const range = this.#ranges.get(id) ?? (await this.#readKeys({ id, bytes, modified }));
      return range ? [{ id, modified, ...range }] : [];
    };
    const segments = (await mapParallel(await this.#segments.list(), indexed, { concurrency: PARALLEL_READS })).flat();
    const ids = new Set(segments.map(({ id }) => id));
    for (const id of this.#ranges.keys()) if (!ids.has(id)) this.#ranges.delete(id);
    return segments;
  }

  async #readKeys(segment: ListedSegment): Promise<KeyRange | null> {
    const keys = await this.#segments.readKeys(segment);
    if (!keys) return null;
    const range = await this.#file.append(keys);
    this.#ranges.set(segment.id, range);
    return range;
  }
}
