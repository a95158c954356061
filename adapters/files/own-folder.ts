/** Folders of single processes below a shared one: each is its owner's until that process ends, however it ends. */
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdir, readdir, realpath, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { killProcessesIn } from '../trainer/process-tree.ts';

export interface OwnFolder {
  readonly path: string;
  /** Removes the folder with all that is in it. */
  release(): Promise<void>;
}

/** `<boot>-<random>`, beside `<boot>-<random>.lock`. */
const NAME = /^[0-9a-f]{8}-[0-9a-f]{8}$/;
/** How often an owner shows that it lives to those who can't ask its kernel, and looks for dead owners. */
const RENEW_MS = 10 * 60_000;
/** An owner of another boot that has not shown itself for so long is dead. */
const DEAD_AFTER_MS = 6 * RENEW_MS;

/**
 * Makes this process's folder below `root`, and removes those of dead processes with whatever still runs in them: an
 * owner that was killed could not do it, and leaves models behind, and a trainer, if it hangs.
 *
 * The owner listens on a socket beside the folder. Its kernel answers for it as long as it lives, to every container that
 * shares the folder: neither a process ID nor a host name, which a restarted container has again, says so much. Another
 * kernel can't be asked: an owner of another machine, or of an earlier boot, is known by the age of its lock.
 */
export async function ownFolder(root: string): Promise<OwnFolder> {
  await mkdir(root, { recursive: true });
  await removeDead(root);
  const name = `${bootId()}-${randomBytes(4).toString('hex')}`;
  const path = join(root, name);
  const unlock = await lock(root, name);
  await mkdir(path);
  const renewal = setInterval(() => void renew(root, name).catch(() => {}), RENEW_MS).unref();
  return {
    path,
    async release() {
      clearInterval(renewal);
      await rm(path, { recursive: true, force: true });
      await unlock();
    },
  };
}

/** Runs `work` with a folder below `root` that is gone afterwards. */
export async function withOwnFolder<R>(root: string, work: (folder: string) => Promise<R>): Promise<R> {
  const own = await ownFolder(root);
  try {
    return await work(own.path);
  } finally {
    await own.release();
  }
}

/** The lock has its name only once it is listened on: whoever finds it can ask it. */
async function lock(root: string, name: string): Promise<() => Promise<void>> {
  const path = lockOf(root, name);
  const folder = openSync(root, 'r');
  const server = createServer((asking) => asking.destroy()).unref();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(socketPath(folder, `${name}.new`), resolve);
    });
    await rename(join(root, `${name}.new`), path);
  } catch {
    // A file system without sockets: the age of a plain file must do.
    await writeFile(path, '');
  }
  return async () => {
    server.close();
    await rm(path, { force: true });
    closeSync(folder);
  };
}

async function renew(root: string, name: string): Promise<void> {
  const now = new Date();
  await utimes(lockOf(root, name), now, now);
  await removeDead(root);
}

async function removeDead(root: string): Promise<void> {
  const path = await realpath(root);
  const names = new Set(
    (await readdir(path)).map((name) => name.replace(/\.lock$/, '')).filter((name) => NAME.test(name)),
  );
  for (const name of names) {
    if (await isAlive(path, name)) continue;
    await killProcessesIn(join(path, name));
    await rm(join(path, name), { recursive: true, force: true });
    await rm(lockOf(path, name), { force: true });
  }
}

async function isAlive(root: string, name: string): Promise<boolean> {
  const found = await stat(lockOf(root, name)).catch(() => null);
  if (!found) return false;
  if (name.startsWith(`${bootId()}-`) && found.isSocket()) return answers(root, name);
  return Date.now() - found.mtimeMs < DEAD_AFTER_MS;
}

/** Whether somebody listens; a lock of which nobody may ask has an owner. */
async function answers(root: string, name: string): Promise<boolean> {
  const folder = openSync(root, 'r');
  try {
    return await new Promise<boolean>((resolve) => {
      const asking = connect(socketPath(folder, `${name}.lock`), () => {
        asking.destroy();
        resolve(true);
      });
      asking.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'));
    });
  } finally {
    closeSync(folder);
  }
}

/** By the folder's descriptor: the path of a socket may have 107 bytes, which state folders exceed. */
function socketPath(folder: number, name: string): string {
  return `/proc/self/fd/${folder}/${name}`;
}

function lockOf(root: string, name: string): string {
  return join(root, `${name}.lock`);
}

/** Tells the kernel, and since when it runs. */
function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
}
