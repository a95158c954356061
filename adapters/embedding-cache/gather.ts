/** Copies located rows out of their segments into one block, each segment being read once. */
import type { SegmentRows } from '../../core/segment-file.ts';
import type { Lookup } from './lookup.ts';
import { mapParallel } from '../requests/map-parallel.ts';

/** Segments in memory at a time beside the recent ones. */
const PARALLEL_READS = 4;

export interface BlockRange {
  /** First key of the block and one past its last one. */
  readonly start: number;
  readonly end: number;
}

export interface SegmentSource {
  readonly dimensions: number;
  /** Null when the segment is gone or corrupt. */
  readonly read: (id: string) => Promise<SegmentRows | null>;
  readonly signal: AbortSignal | undefined;
}

/**
 * Float32 [end - start, dimensions], or null when a segment is gone or corrupt: then locate again.
 *
 * @param lookup one without missing keys
 */
export async function gatherBlock(
  { segments, segmentOf, rowOf }: Lookup,
  { start, end }: BlockRange,
  { dimensions, read, signal }: SegmentSource,
): Promise<Float32Array<ArrayBuffer> | null> {
  const bySegment = new Map<number, number[]>();
  for (let index = start; index < end; index++) {
    const segment = segmentOf[index]!;
    const indices = bySegment.get(segment);
    if (indices) indices.push(index);
    else bySegment.set(segment, [index]);
  }
  const block = new Float32Array((end - start) * dimensions);
  const copyRows = async ([segment, indices]: [number, number[]]): Promise<boolean> => {
    const rows = await read(segments[segment]!);
    for (const index of rows ? indices : []) {
      const row = rowOf[index]! * dimensions;
      block.set(rows!.embeddings.subarray(row, row + dimensions), (index - start) * dimensions);
    }
    return rows !== null;
  };
  const copied = await mapParallel(bySegment, copyRows, { concurrency: PARALLEL_READS, ...(signal && { signal }) });
  return copied.every(Boolean) ? block : null;
}
