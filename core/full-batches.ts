/** How many batches in which no text stands twice a part can fill: what the trainer would only find after hours. */
import type { Pair } from './clean.ts';

/**
 * Passes over the rows in an epoch: sentence-transformers' `NoDuplicatesBatchSampler` makes up to two more where the first
 * one, each row once, gives fewer batches than the epoch should have.
 */
const PASSES = 3;

/**
 * An upper bound of the full batches of an epoch. Of a text that n rows have, b batches can take min(n, b) rows, so b
 * batches need that many rows of all questions, and of all passages. Whether the order that is drawn allows as many is not
 * known beforehand.
 *
 * @param pairs of the train part
 * @returns At most the floor of rows ÷ batch size.
 */
export function mostFullBatches(pairs: readonly Pair[], batchSize: number): number {
  const steps = Math.floor(pairs.length / batchSize);
  const columns = [repetitions(pairs.map(({ query }) => query)), repetitions(pairs.map(({ positive }) => positive))];
  const fills = (batches: number): boolean =>
    columns.every((counts) => counts.reduce((sum, count) => sum + Math.min(count, batches), 0) >= batches * batchSize);
  // What b batches need grows as b does, and what they can take grows ever slower: up to some b it is enough.
  let [enough, tooMany] = [0, steps + 1];
  while (tooMany - enough > 1) {
    const middle = Math.floor((enough + tooMany) / 2);
    if (fills(middle)) enough = middle;
    else tooMany = middle;
  }
  return Math.min(steps, PASSES * enough);
}

/** How many rows have each text, in no order. */
function repetitions(texts: readonly string[]): number[] {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts.values()];
}
