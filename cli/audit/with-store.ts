/** What is audited: the bucket, or a copy of it in a folder or an archive. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ArchiveError, unpackArchive } from '../../adapters/archive/unpack-archive.ts';
import { FolderStore } from '../../adapters/object-store/folder-store.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { requireBucket } from '../bucket.ts';
import { CliError, EXIT, UsageError } from '../exit.ts';

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
 * @throws UsageError when there is no such file
 * @throws CliError when it is no archive of `veille export`, or the bucket is not there
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
      const store = requireBucket(bucket);
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
  if (found.isDirectory()) return new FolderStore(path);
  const folder = await mkdtemp(join(scratch, 'archive-'));
  try {
    await unpackArchive(path, folder, signal);
  } catch (cause) {
    if (!(cause instanceof ArchiveError)) throw cause;
    throw new CliError(cause.message, EXIT.failed, { cause });
  }
  return new FolderStore(folder);
}
