/** What is audited: the bucket, or a copy of it in a folder or an archive. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ArchiveError, unpackArchive } from '../../adapters/archive/unpack-archive.ts';
import { watchDamage } from '../../adapters/object-store/damage-watch.ts';
import { FolderStore } from '../../adapters/object-store/folder-store.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { quoteText } from '../../contracts/quote.ts';
import { requireBucket } from '../bucket.ts';
import { UsageError } from '../exit.ts';

/** Nobody waits a minute for each object of a broken disk: the client has asked several times by then. */
const AT_ONCE = { failures: 1, during: 0, now: Date.now };

export interface AuditedPlace {
  readonly store: ObjectStore;
  /** How messages call it. */
  readonly name: string;
  /** Folder for what has to be a file to be read; it is removed afterwards. */
  readonly scratch: string;
}

/**
 * Runs `work` on it. An archive is unpacked for that long.
 *
 * @param bucket null where it is the local one, which is not running
 * @param from a folder or an archive; undefined: the bucket
 * @throws UsageError when there is no such file, it is no archive of `veille export`, or the folder has links
 * @throws CliError when the bucket is not there
 */
export async function withStore<R>(
  bucket: ObjectStore | null,
  from: string | undefined,
  signal: AbortSignal,
  work: (place: AuditedPlace) => Promise<R>,
): Promise<R> {
  const scratch = await mkdtemp(join(tmpdir(), 'veille-audit-'));
  try {
    if (from === undefined) {
      const store = watchDamage(requireBucket(bucket), AT_ONCE);
      return await work({ store, name: store.url, scratch });
    }
    const path = resolve(from);
    return await work({ store: await openCopy(path, scratch, signal), name: path, scratch });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function openCopy(path: string, scratch: string, signal: AbortSignal): Promise<ObjectStore> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new UsageError(`--from ${path}: there is no such file or folder, or it can't be read.`, { cause });
  });
  if (found.isDirectory()) return copyIn(path);
  const folder = join(scratch, 'archive');
  try {
    await unpackArchive(path, folder, signal);
  } catch (cause) {
    if (!(cause instanceof ArchiveError)) throw cause;
    throw new UsageError(cause.message, { cause });
  }
  return new FolderStore(folder);
}

/** A link may name a file of this machine, whose bytes would then be told as the copy's. */
async function copyIn(path: string): Promise<ObjectStore> {
  const store = new FolderStore(path);
  const [first, ...others] = await store.foreignEntries();
  if (first === undefined) return store;
  const more = others.length === 0 ? '' : `, as are ${others.length} more`;
  throw new UsageError(
    `--from ${path}: "${quoteText(first, 200)}" is a link or no plain file${more}. A copy of a bucket has plain ` +
      'files alone: remove it, or copy what it names (`cp -rL`) where you know what that is.',
  );
}
