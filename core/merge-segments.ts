/** Which segments of the embedding cache to merge into larger ones, and which have become redundant by that. */
import { KeyTable } from './key-table.ts';
import { KEY_BYTES, keyCount } from './text-key.ts';

/** What a merged segment aims at: a reader holds a few in memory at a time. */
const LARGE_BYTES = 32 << 20;

export interface SegmentKeys {
  readonly id: string;
  /** uint8 [n, 32] */
  readonly keys: Uint8Array;
}

/** Most rows of a merged segment. */
export function mostRows(dimensions: number): number {
  return Math.max(2, Math.floor(LARGE_BYTES / (KEY_BYTES + 4 * dimensions)));
}

/** Whether a segment of so many rows is worth merging: below half of what a large one has. */
export function isSmall(rows: number, dimensions: number): boolean {
  return rows < mostRows(dimensions) / 2;
}

/**
 * Groups of segments to be merged, in the order of their ids, each with at most `limit` rows; one that finds no partner
 * is in none.
 */
export function groupSegments<S extends SegmentKeys>(segments: readonly S[], limit: number): S[][] {
  const groups: S[][] = [];
  let rows = Number.POSITIVE_INFINITY;
  for (const segment of [...segments].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const count = keyCount(segment.keys);
    if (rows + count > limit) {
      groups.push([]);
      rows = 0;
    }
    groups.at(-1)?.push(segment);
    rows += count;
  }
  return groups.filter((group) => group.length > 1);
}

/**
 * Those of `segments` all of whose keys stand in larger ones among `covers`. Of two of equal size the one with the
 * lower id counts as larger, so that when all redundant ones are removed each key still has a segment.
 */
export function redundantSegments<S extends SegmentKeys>(segments: readonly S[], covers: readonly S[]): S[] {
  const bySize = [...covers].sort((a, b) => (isLarger(a, b) ? -1 : 1));
  const keys = Buffer.concat(bySize.map((cover) => cover.keys));
  const coverOf = new Uint32Array(keyCount(keys));
  let end = 0;
  for (const [number, cover] of bySize.entries()) coverOf.fill(number, end, (end += keyCount(cover.keys)));
  // Of equal keys it finds the first one, which is that of the largest segment.
  const table = new KeyTable(keys);
  return segments.filter((segment) => {
    for (let row = 0; row < keyCount(segment.keys); row++) {
      const position = table.find(segment.keys, row);
      if (position === -1 || !isLarger(bySize[coverOf[position]!]!, segment)) return false;
    }
    return true;
  });
}

function isLarger(a: SegmentKeys, b: SegmentKeys): boolean {
  return a.keys.length > b.keys.length || (a.keys.length === b.keys.length && a.id < b.id);
}
