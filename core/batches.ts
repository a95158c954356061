/** Batches in which an embedding does not depend on its neighbours: one canonical length each, enough rows. */

/** Token counts are rounded up to a multiple of this before padding. */
export const LENGTH_MULTIPLE = 8;

export interface BatchLimits {
  /** Padded tokens (rows × length) at which a batch is full; one of fewer than 2 × `leastRows` rows may exceed it. */
  readonly tokensPerBatch: number;
  /** Most tokens of one text, special tokens included. */
  readonly maxLength: number;
  /** Rows below which the kernels change, and the bits with them. */
  readonly leastRows: number;
}

export interface Batch {
  /** Tokens to which every row is padded. */
  readonly length: number;
  /**
   * Positions in the planner's input. Fewer than `leastRows` only where no more texts have that length: then the batch
   * is to be filled up by repetition.
   */
  readonly indices: readonly number[];
}

/**
 * The length to which a text is padded: a function of its own token count alone, since fp32 sums are taken in another
 * order, with other bits, at another padding.
 *
 * @throws RangeError unless 1 <= tokenCount <= maxLength.
 */
export function canonicalLength(tokenCount: number, maxLength: number): number {
  if (!Number.isInteger(tokenCount) || tokenCount < 1 || tokenCount > maxLength)
    throw new RangeError(`token count must be an integer from 1 to ${maxLength}, got ${tokenCount}`);
  return Math.min(Math.ceil(tokenCount / LENGTH_MULTIPLE) * LENGTH_MULTIPLE, maxLength);
}

/**
 * Groups texts by canonical length and cuts each group into batches of nearly equal size, longest texts first.
 *
 * @param tokenCounts tokens of each text after truncation, special tokens included.
 * @throws RangeError when a count is outside 1…maxLength.
 */
export function planBatches(tokenCounts: ArrayLike<number>, limits: BatchLimits): Batch[] {
  const groups = new Map<number, number[]>();
  for (let index = 0; index < tokenCounts.length; index++) {
    const length = canonicalLength(tokenCounts[index] ?? 0, limits.maxLength);
    const group = groups.get(length);
    if (group) group.push(index);
    else groups.set(length, [index]);
  }
  return [...groups]
    .sort(([a], [b]) => b - a)
    .flatMap(([length, group]) =>
      splitEvenly(group, batchCount(group.length, length, limits)).map((indices) => ({ length, indices })),
    );
}

/** As many batches as the token budget asks for, but none of fewer than `leastRows` rows where that can be helped. */
function batchCount(texts: number, length: number, { tokensPerBatch, leastRows }: BatchLimits): number {
  const fullBatch = Math.max(leastRows, Math.floor(tokensPerBatch / length));
  return Math.max(1, Math.min(Math.ceil(texts / fullBatch), Math.floor(texts / leastRows)));
}

function splitEvenly(items: readonly number[], parts: number): number[][] {
  return Array.from({ length: parts }, (_, part) =>
    items.slice(Math.floor((part * items.length) / parts), Math.floor(((part + 1) * items.length) / parts)),
  );
}
