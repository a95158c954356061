/** Where a worker keeps files for as long as it lives, and what is left of workers that were killed. */
import { mkdir, readdir, realpath, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { killProcessesIn } from '../adapters/trainer/process-tree.ts';

/**
 * This process's folder below `root`. Those of this machine's dead processes are removed: a worker that was killed
 * could not do it, and leaves models behind, and a trainer, if it hangs and does not notice that its parent is gone.
 * Another machine that shares `root` looks after its own.
 */
export async function scratchFolder(root: string): Promise<string> {
  await mkdir(root, { recursive: true });
  const prefix = `${hostname()}-`;
  const ours = (await readdir(root)).filter((name) => name.startsWith(prefix));
  const dead = ours.filter((name) => !isRunning(Number(name.slice(prefix.length))));
  const path = await realpath(root);
  await Promise.all(dead.map((name) => removeWithProcesses(join(path, name))));
  return join(root, `${prefix}${process.pid}`);
}

async function removeWithProcesses(folder: string): Promise<void> {
  await killProcessesIn(folder);
  await rm(folder, { recursive: true, force: true });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process can't be signalled, but it is there.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
