/** Finds keys among the keys of all segments; memory goes with the keys sought and 32 bytes for each one stored. */
import { setImmediate } from 'node:timers/promises';
import pMap from 'p-map';
import { KeyTable } from '../../core/key-table.ts';
import type { SegmentKeys } from '../../core/merge-segments.ts';
import { keyCount } from '../../core/text-key.ts';
import type { Lookup } from './lookup.ts';
import type { ListedSegment, SegmentObjects } from './segment-objects.ts';

/** Key ranges read at a time: each is one small request, so latency is what they wait for. */
const PARALLEL_READS = 16;

/** Stored keys after which the event loop gets a turn: about 5 ms. */
const KEYS_A_TURN = 50_000;

export interface StoredKeys extends SegmentKeys {
  readonly modified: Date;
}

export class KeyIndex {
  readonly #segments: SegmentObjects;
  /** Key ranges read so far: a segment's keys are fixed by its id. */
  #known = new Map<string, Uint8Array>();

  constructor(segments: SegmentObjects) {
    this.#segments = segments;
  }

  /** Where two segments have a key, the one with the lower id counts. */
  async locate(keys: Uint8Array): Promise<Lookup> {
    const segments = await this.segments();
    const segmentOf = new Int32Array(keyCount(keys)).fill(-1);
    const rowOf = new Int32Array(segmentOf.length);
    const sought = new KeyTable(keys);
    let keysThisTurn = 0;
    for (const [segment, { keys: stored }] of segments.entries()) {
      for (let row = 0; row < keyCount(stored); row++) {
        const index = sought.find(stored, row);
        if (index === -1 || segmentOf[index] !== -1) continue;
        segmentOf[index] = segment;
        rowOf[index] = row;
      }
      keysThisTurn += keyCount(stored);
      if (keysThisTurn > KEYS_A_TURN) keysThisTurn = await setImmediate(0);
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
      rows: segments.map(({ keys: stored }) => keyCount(stored)),
      segmentOf,
      rowOf,
      missing,
    };
  }

  /** All segments that are there now, in ascending order of their ids. */
  async segments(): Promise<StoredKeys[]> {
    const read = async (segment: ListedSegment): Promise<StoredKeys[]> => {
      const { id, modified } = segment;
      const keys = this.#known.get(id) ?? (await this.#segments.readKeys(segment));
      return keys ? [{ id, keys, modified }] : [];
    };
    const found = (await pMap(await this.#segments.list(), read, { concurrency: PARALLEL_READS })).flat();
    this.#known = new Map(found.map(({ id, keys }) => [id, keys]));
    return found;
  }
}
