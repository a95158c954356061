/** Cuts texts without an embedding into cache segments: what is encoded, stored and lost together. */
import { createHash } from 'node:crypto';
import { positionsOf, sortByKey, sortByValue } from './radix-order.ts';
import { gatherKeys, packTextKeys } from './text-key.ts';

export interface SegmentLimits {
  /** Most texts in a segment. */
  readonly segmentTexts: number;
  /** Most UTF-8 bytes of text in a segment; a longer text has one to itself. */
  readonly segmentBytes: number;
}

export interface Segment {
  /** Hex SHA-256 over the keys of its texts in order. */
  readonly id: string;
  readonly texts: readonly string[];
}

/** Hex SHA-256 over packed keys, uint8 [n, 32]. */
export function segmentId(keys: Uint8Array): string {
  return createHash('sha256').update(keys).digest('hex');
}

/** How texts are cut: segment after segment, by their positions. */
export interface SegmentCut {
  /** Positions of the texts, those of a segment side by side. */
  readonly order: Uint32Array;
  /** Where each segment begins and ends in `order`. */
  readonly ranges: readonly (readonly [start: number, end: number])[];
}

/**
 * The same segments for the same set of texts, whatever their positions. Texts are taken by their UTF-8 length, then
 * key, so that a segment's texts fill whole batches of one length.
 *
 * @param keys packed, uint8 [n, 32]
 * @param bytes UTF-8 length of each text [n]
 * @param positions of the texts to be cut, each key once; they are sorted in place
 */
export function cutPositions(
  keys: Uint8Array,
  bytes: Uint32Array,
  positions: Uint32Array,
  limits: SegmentLimits,
): SegmentCut {
  sortByKey(positions, keys);
  sortByValue(positions, (position) => bytes[position]!);
  return { order: positions, ranges: cutPoints(positions, bytes, limits) };
}

/** Segments of texts that are in memory; repeated texts count once. */
export function cutSegments(texts: readonly string[], limits: SegmentLimits): Segment[] {
  const distinct = [...new Set(texts)];
  const keys = packTextKeys(distinct);
  const bytes = Uint32Array.from(distinct, (text) => Buffer.byteLength(text));
  const { order, ranges } = cutPositions(keys, bytes, positionsOf(distinct.length), limits);
  return ranges.map(([start, end]) => {
    const indices = order.subarray(start, end);
    return { id: segmentId(gatherKeys(keys, indices)), texts: Array.from(indices, (index) => distinct[index]!) };
  });
}

/** Ranges of `order` that keep to both limits, each as long as they allow. */
function cutPoints(order: Uint32Array, bytes: Uint32Array, limits: SegmentLimits): [start: number, end: number][] {
  const ranges: [number, number][] = [];
  let start = 0;
  let filled = 0;
  for (let position = 0; position < order.length; position++) {
    const size = bytes[order[position]!]!;
    const isFull = position - start === limits.segmentTexts || filled + size > limits.segmentBytes;
    if (isFull && position > start) {
      ranges.push([start, position]);
      start = position;
      filled = 0;
    }
    filled += size;
  }
  if (order.length > start) ranges.push([start, order.length]);
  return ranges;
}
