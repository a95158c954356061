/** How far a collection is, said on standard error only where it takes long. */
import type { Writable } from 'node:stream';
import { print } from '../context.ts';
import { formatCount } from './quantity.ts';

/** Milliseconds between two lines, and before the first. */
const INTERVAL = 3_000;

export interface GcProgress {
  readonly onListed: (objects: number) => void;
  readonly onDeleted: (done: number, total: number) => void;
}

export function gcProgress(err: Writable): GcProgress {
  let saidAt = performance.now();
  const say = (line: () => string): void => {
    if (performance.now() - saidAt < INTERVAL) return;
    saidAt = performance.now();
    print(err, [`${line()} …`]);
  };
  return {
    onListed: (objects) => say(() => `${formatCount(objects)} objects listed`),
    onDeleted: (done, total) => say(() => `${formatCount(done)} of ${formatCount(total)} objects deleted`),
  };
}
