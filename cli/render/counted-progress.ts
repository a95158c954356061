/** Progress of something that is over at once, or takes minutes: said on standard error only where it takes long. */
import type { Writable } from 'node:stream';
import { print } from '../context.ts';
import { formatCount } from './quantity.ts';

/** Milliseconds between two lines, and before the first. */
const INTERVAL = 3_000;

/**
 * @param what is counted, e.g. "records read"
 * @returns to be called after each one
 */
export function countedProgress(err: Writable, what: string, total: number): () => void {
  let done = 0;
  let saidAt = performance.now();
  return () => {
    done++;
    if (done === total || performance.now() - saidAt < INTERVAL) return;
    saidAt = performance.now();
    print(err, [`${formatCount(done)} of ${formatCount(total)} ${what} …`]);
  };
}
