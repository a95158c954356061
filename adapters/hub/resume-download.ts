/** Brings a file to disk, from where an earlier attempt stopped; it has its name only once its digest is right. */
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import lockfile from 'proper-lockfile';
import { HubUnavailableError } from './hub-error.ts';
import { unreachable } from './hub-fetch.ts';

export interface Download {
  readonly path: string;
  /** Opens the bytes from an offset on. */
  readonly open: (offset: number) => Promise<Response>;
  /** Whether a file on disk is the one that is wanted. */
  readonly isWhole: (path: string) => Promise<boolean>;
  /** What messages call it. */
  readonly name: string;
  readonly endpoint: string;
  /** Called with the bytes on disk so far. */
  readonly onBytes: (bytes: number) => void;
  readonly signal: AbortSignal | undefined;
}

/** A lock whose owner was killed is free after so long; while it lives, it renews the lock twice in that time. */
const STALE_LOCK_MS = 10_000;
/** Ours alone: Python's huggingface_hub names its own `….incomplete`. */
const PARTIAL = '.veille.incomplete';
/** A download that nobody has gone on with for so long is of a commit that nobody asks for any more. */
const ABANDONED_AFTER_MS = 24 * 3_600_000;

/**
 * Removes what is left of our downloads that nobody goes on with, in all repositories of a cache. What another process
 * downloads is locked, and what is not ours is left alone.
 *
 * @returns their paths
 */
export async function removeAbandoned(cache: string): Promise<string[]> {
  const removed: string[] = [];
  for (const repository of await namesIn(cache))
    for (const name of await namesIn(join(cache, repository, 'blobs'))) {
      const path = join(cache, repository, 'blobs', name);
      const modified = name.endsWith(PARTIAL) ? await stat(path).catch(() => null) : null;
      if (!modified || Date.now() - modified.mtimeMs < ABANDONED_AFTER_MS) continue;
      const release = await lockfile.lock(path, { realpath: false, stale: STALE_LOCK_MS }).catch(() => null);
      if (!release) continue;
      await rm(path, { force: true });
      await release();
      removed.push(path);
    }
  return removed;
}

/** Empty where there is no such folder, or it can't be read. */
async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

/**
 * @throws HubUnavailableError when the connection breaks, or another process downloads the same file
 * @throws Error when the bytes are others than the hub has named: they are removed
 */
export async function resumeDownload(download: Download): Promise<void> {
  const { path, isWhole, name } = download;
  const partial = `${path}${PARTIAL}`;
  await mkdir(dirname(path), { recursive: true });
  const stopped = new AbortController();
  const release = await lockfile
    .lock(partial, { realpath: false, stale: STALE_LOCK_MS, onCompromised: (error) => stopped.abort(error) })
    .catch((cause: unknown) => {
      throw new HubUnavailableError(`${name} is being downloaded by another process, or was until a moment ago`, {
        cause,
      });
    });
  try {
    await append(download, partial, stopped.signal);
    if (await isWhole(partial)) await rename(partial, path);
    else {
      await rm(partial, { force: true });
      throw new Error(
        `${name} came with other bytes than the hub has named for it, and was removed: a proxy may be at fault`,
      );
    }
  } finally {
    // A lock that somebody has taken over is theirs to release.
    await release().catch(() => {});
  }
}

async function append(download: Download, partial: string, stopped: AbortSignal): Promise<void> {
  const { open, endpoint, onBytes, signal } = download;
  let offset = (await stat(partial).catch(() => null))?.size ?? 0;
  const response = await open(offset).catch((error: unknown) => {
    // There is nothing behind what is on disk: it is whole, or wrong, which its digest tells.
    if (error instanceof RangeError) return null;
    throw error;
  });
  if (!response?.body) return;
  // Whoever ignores a range sends everything.
  const restarts = response.status !== 206;
  if (restarts) offset = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _, done) {
      offset += chunk.length;
      onBytes(offset);
      done(stopped.aborted ? (stopped.reason as Error) : null, chunk);
    },
  });
  const file = createWriteStream(partial, { flags: restarts ? 'w' : 'a' });
  let broken: unknown;
  async function* received(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    try {
      yield* body;
    } catch (error) {
      // What has come is written first: the next attempt goes on behind it.
      broken = error;
    }
  }
  await pipeline(received(response.body), counted, file);
  signal?.throwIfAborted();
  if (broken !== undefined) throw unreachable(endpoint, broken);
}
