/** Merges small segments of a cache into large ones; the small ones go once every reader is sure to find the large. */
import type { CompactedCache } from '../../contracts/activities.ts';
import { groupSegments, isSmall, mostRows, redundantSegments } from '../../core/merge-segments.ts';
import type { SegmentRows } from '../../core/segment-file.ts';
import { segmentId } from '../../core/segments.ts';
import { gatherKeys, keyAt, keyCount } from '../../core/text-key.ts';
import type { StoredKeys } from './key-index.ts';
import type { SegmentObjects } from './segment-objects.ts';

/**
 * A listing is no snapshot: it may miss an object that was written while it went on. So a segment is removed only when
 * those that cover it are older than any listing takes.
 */
export const SETTLED_AFTER_MS = 3_600_000;

/**
 * Safe beside readers, writers and other compactions: a reader that finds a segment gone asks again where its keys are.
 *
 * @param stored all segments with their keys
 * @param now milliseconds since the epoch
 */
export async function compactSegments(
  segments: SegmentObjects,
  stored: readonly StoredKeys[],
  { dimensions, now, signal }: { dimensions: number; now: number; signal: AbortSignal | undefined },
): Promise<CompactedCache> {
  const settled = stored.filter(({ modified }) => now - modified.getTime() > SETTLED_AFTER_MS);
  const redundant = redundantSegments(stored, settled);
  await segments.remove(redundant.map(({ id }) => id));

  // What is covered already, though not for long enough, needs no second merge.
  const covered = new Set(redundantSegments(stored, stored));
  const small = stored.filter((segment) => !covered.has(segment) && isSmall(keyCount(segment.keys), dimensions));
  let written = 0;
  for (const group of groupSegments(small, mostRows(dimensions))) {
    signal?.throwIfAborted();
    const merged = await mergedRows(segments, group, dimensions);
    if (merged && (await segments.put(segmentId(merged.keys), merged))) written++;
  }
  return { written, removed: redundant.length };
}

/** Rows of all segments, each key once, in the order of the keys; null when a segment is gone or corrupt. */
async function mergedRows(
  segments: SegmentObjects,
  group: readonly StoredKeys[],
  dimensions: number,
): Promise<SegmentRows | null> {
  const keys = Buffer.concat(group.map((segment) => segment.keys));
  const order = distinctInOrder(keys);
  const target = new Int32Array(keyCount(keys)).fill(-1);
  for (const [position, row] of order.entries()) target[row] = position;
  const embeddings = new Float32Array(order.length * dimensions);
  let row = 0;
  for (const { id } of group) {
    const part = await segments.read(id);
    if (!part) return null;
    for (let start = 0; start < part.embeddings.length; start += dimensions) {
      const position = target[row++] ?? -1;
      if (position >= 0) embeddings.set(part.embeddings.subarray(start, start + dimensions), position * dimensions);
    }
  }
  return { keys: gatherKeys(keys, order), embeddings };
}

/** Rows of distinct keys, ascending by key. */
function distinctInOrder(keys: Uint8Array): number[] {
  const order = Array.from({ length: keyCount(keys) }, (_, row) => row);
  order.sort((a, b) => Buffer.compare(keyAt(keys, a), keyAt(keys, b)) || a - b);
  return order.filter((row, position) => {
    const before = order[position - 1];
    return before === undefined || Buffer.compare(keyAt(keys, before), keyAt(keys, row)) !== 0;
  });
}
