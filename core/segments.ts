/** Cuts texts without an embedding into cache segments: what is encoded, stored and lost together. */
import { createHash } from 'node:crypto';
import { gatherKeys, keyAt, packTextKeys } from './text-key.ts';

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

/**
 * The same segments for the same set of texts, whatever their order and repetitions. Texts are taken by their UTF-8
 * length, then key, so that a segment's texts fill whole batches of one length.
 */
export function cutSegments(texts: readonly string[], limits: SegmentLimits): Segment[] {
  const distinct = [...new Set(texts)];
  const keys = packTextKeys(distinct);
  const bytes = Uint32Array.from(distinct, (text) => Buffer.byteLength(text));
  const order = Uint32Array.from(distinct.keys()).sort(
    (a, b) => bytes[a]! - bytes[b]! || Buffer.compare(keyAt(keys, a), keyAt(keys, b)),
  );
  return cutPoints(order, bytes, limits).map(([start, end]) => {
    const indices = order.subarray(start, end);
    return { id: segmentId(gatherKeys(keys, indices)), texts: Array.from(indices, (index) => distinct[index]!) };
  });
}

/** Ranges of `order` that keep to both limits, each as long as they allow. */
function cutPoints(order: Uint32Array, bytes: Uint32Array, limits: SegmentLimits): [start: number, end: number][] {
  const ranges: [number, number][] = [];
  let start = 0;
  let filled = 0;
  for (const [position, index] of order.entries()) {
    const isFull = position - start === limits.segmentTexts || filled + bytes[index]! > limits.segmentBytes;
    if (isFull && position > start) {
      ranges.push([start, position]);
      start = position;
      filled = 0;
    }
    filled += bytes[index]!;
  }
  return order.length > start ? [...ranges, [start, order.length]] : ranges;
}
