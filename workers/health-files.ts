/**
 * Files that say how a worker is, for probes that can only look at its container: `<queue>.live` is touched while the
 * event loop turns, `<queue>.ready` while the worker also takes tasks. A file that nobody has touched for a minute says no.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Worker } from '@temporalio/worker';
import type { Logger } from 'pino';

/** A sixth of the minute after which a probe takes a file for stale. */
const TOUCH_MS = 10_000;

/**
 * @param folder in which the files stand
 * @returns ends the touching, and removes the files
 */
export function keepHealthFiles(
  worker: Pick<Worker, 'getState'>,
  { folder, queue, logger }: { readonly folder: string; readonly queue: string; readonly logger: Logger },
): () => void {
  const [live, ready] = ['live', 'ready'].map((what) => join(folder, `${queue}.${what}`)) as [string, string];
  const touch = (): void => {
    try {
      mkdirSync(folder, { recursive: true });
      writeFileSync(live, '');
      if (worker.getState() === 'RUNNING') writeFileSync(ready, '');
      else rmSync(ready, { force: true });
    } catch (error) {
      // A full disk: the probe then says no, and the reason is here.
      logger.warn({ reason: error instanceof Error ? error.message : error }, `${folder} can't be written`);
    }
  };
  touch();
  const timer = setInterval(touch, TOUCH_MS);
  return () => {
    clearInterval(timer);
    for (const file of [live, ready]) rmSync(file, { force: true });
  };
}
