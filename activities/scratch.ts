/** A folder of one attempt's own, gone when the attempt ends. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Runs `work` with a fresh folder below `root`. */
export async function withScratch<R>(root: string, purpose: string, work: (folder: string) => Promise<R>): Promise<R> {
  await mkdir(root, { recursive: true });
  const folder = await mkdtemp(join(root, `${purpose}-`));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
