/** The padded batches that the encoder runs for some texts, to run them without it and to count what they cost. */
import { planBatches } from '../../core/batches.ts';
import { LEAST_ROWS } from '../../adapters/encoder/create-encoder.ts';
import { padBatch } from '../../adapters/encoder/pad-batch.ts';
import type { PaddedBatch } from '../../adapters/encoder/session-protocol.ts';
import { flopOf } from '../mini-lm.ts';

export interface BatchLayout {
  readonly tokensPerBatch: number;
  readonly maxLength: number;
  readonly padTokenId: number;
}

/** Planned and padded as `createEncoder` does it. */
export function paddedBatches(
  tokenIds: readonly Int32Array[],
  { tokensPerBatch, maxLength, padTokenId }: BatchLayout,
): PaddedBatch[] {
  const leastRows = LEAST_ROWS;
  const lengths = tokenIds.map((ids) => ids.length);
  return planBatches(lengths, { tokensPerBatch, maxLength, leastRows }).map((batch) =>
    padBatch(tokenIds, batch, { padTokenId, leastRows }),
  );
}

/** Floating-point operations of the model for all tokens of the batches, padding included. */
export function flopOfBatches(batches: readonly PaddedBatch[]): number {
  return batches.reduce((sum, { tokenIds, tokenCounts: { length: rows } }) => {
    return sum + rows * flopOf(tokenIds.length / rows);
  }, 0);
}
