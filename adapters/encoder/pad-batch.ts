/** A planned batch as the two arrays that a session takes. */
import type { Batch } from '../../core/batches.ts';
import type { PaddedBatch } from './session-protocol.ts';

/**
 * A batch of fewer than `leastRows` texts repeats them in the rows that are left.
 *
 * @param tokenIds ids of every text; the batch's positions point into it.
 */
export function padBatch(
  tokenIds: readonly Int32Array[],
  { length, indices }: Batch,
  { padTokenId, leastRows }: { readonly padTokenId: number; readonly leastRows: number },
): PaddedBatch {
  const rows = Math.max(indices.length, leastRows);
  const padded = new Int32Array(rows * length).fill(padTokenId);
  const tokenCounts = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const ids = tokenIds[indices[row % indices.length] ?? -1] ?? new Int32Array();
    padded.set(ids, row * length);
    tokenCounts[row] = ids.length;
  }
  return { tokenIds: padded, tokenCounts };
}
