/** A folder of one attempt's own, gone when the attempt ends. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';

/**
 * Runs `work` with a fresh folder below `root`. Whatever uses the folder must have stopped when `work` ends, also when it
 * fails: what works side by side is started by `mapParallel`. A folder that can't be removed is left to the worker's next
 * start: it is no reason to fail, and must not hide one.
 */
export async function withScratch<R>(root: string, purpose: string, work: (folder: string) => Promise<R>): Promise<R> {
  await mkdir(root, { recursive: true });
  const folder = await mkdtemp(join(root, `${purpose}-`));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch((error: unknown) => {
      Context.current().log.warn('a scratch folder is left for later', { folder, error });
    });
  }
}
