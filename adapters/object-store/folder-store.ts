/**
 * {@link ObjectStore} over a folder whose file paths are keys: a downloaded copy of a bucket, which is only read. It has
 * plain files alone: what a link names is not in the folder.
 */
import { createReadStream, type Stats } from 'node:fs';
import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileBelow, nullIfAbsent } from '../files/below.ts';
import type { ObjectHead, ObjectStore } from './object-store.ts';
import { ReadOnlyStoreError } from './read-only-store.ts';

/** Fewer, larger reads than the default 64 KiB keep up with a fast disk. */
const STREAM_BYTES = 1 << 20;

export class FolderStore implements ObjectStore {
  readonly url: string;
  readonly #folder: string;

  /** @param folder with `runs/`, `steps/`, `artifacts/` and so on below it */
  constructor(folder: string) {
    this.#folder = folder;
    this.url = `${folder}/`;
  }

  async head(key: string): Promise<ObjectHead | null> {
    const found = await fileBelow(this.#folder, key);
    return found && headOf(found.stats);
  }

  async get(key: string): Promise<{ body: Uint8Array; etag: string } | null> {
    const found = await fileBelow(this.#folder, key);
    return found && { body: await readFile(found.path), etag: headOf(found.stats).etag };
  }

  async getRange(key: string, start: number, end: number): Promise<Uint8Array | null> {
    const found = await fileBelow(this.#folder, key);
    if (!found) return null;
    if (end > found.stats.size)
      throw new RangeError(`${this.url}${key} has ${found.stats.size} bytes, [${start}, ${end}) were asked for`);
    const file = await open(found.path);
    try {
      const bytes = new Uint8Array(Math.max(0, end - start));
      await file.read(bytes, 0, bytes.length, start);
      return bytes;
    } finally {
      await file.close();
    }
  }

  async getStream(key: string): Promise<Readable | null> {
    const found = await fileBelow(this.#folder, key);
    return found && createReadStream(found.path, { highWaterMark: STREAM_BYTES });
  }

  /** @throws ReadOnlyStoreError always, as the other two */
  async putIfAbsent(key: string): Promise<boolean> {
    throw new ReadOnlyStoreError(this.url, `put ${key}`);
  }

  async putIfMatch(key: string): Promise<boolean> {
    throw new ReadOnlyStoreError(this.url, `put ${key}`);
  }

  async delete(keys: readonly string[]): Promise<void> {
    throw new ReadOnlyStoreError(this.url, `delete ${keys.join(', ')}`);
  }

  async *list(prefix: string): AsyncIterable<{ key: string; bytes: number; modified: Date }> {
    // Whole folders of the prefix are walked; what follows the last slash is the beginning of a name.
    const { files } = await entriesBelow(this.#folder, prefix.slice(0, prefix.lastIndexOf('/') + 1));
    const keys = files.filter((key) => key.startsWith(prefix));
    keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    for (const key of keys) {
      const found = await fileBelow(this.#folder, key);
      if (found) yield { key, bytes: found.stats.size, modified: found.stats.mtime };
    }
  }

  /** Keys at which something else stands than a file or a folder: a link, a device, a pipe. It is never opened. */
  async foreignEntries(): Promise<readonly string[]> {
    return (await entriesBelow(this.#folder, '')).others.sort();
  }
}

interface Entries {
  readonly files: string[];
  readonly others: string[];
}

/** @param below a path with a slash at its end, or nothing */
async function entriesBelow(folder: string, below: string): Promise<Entries> {
  const found: Entries = { files: [], others: [] };
  if (below.split('/').includes('..') || below.startsWith('/') || below.includes('\0')) return found;
  for (const entry of (await readdir(join(folder, below), { withFileTypes: true }).catch(nullIfAbsent)) ?? []) {
    const path = `${below}${entry.name}`;
    if (entry.isDirectory()) {
      const { files, others } = await entriesBelow(folder, `${path}/`);
      found.files.push(...files);
      found.others.push(...others);
    } else if (entry.isFile()) found.files.push(path);
    else found.others.push(path);
  }
  return found;
}

function headOf({ size, mtime }: Stats): ObjectHead {
  return { bytes: size, etag: `"${size}-${mtime.getTime()}"`, sha256: null, modified: mtime };
}
