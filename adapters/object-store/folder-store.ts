/** {@link ObjectStore} over a folder whose file paths are keys: a downloaded copy of a bucket, which is only read. */
import { createReadStream } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { filesBelow } from '../artifacts/local-files.ts';
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
    const found = await this.#stat(key);
    if (!found) return null;
    const { size, mtime } = found;
    return { bytes: size, etag: `"${size}-${mtime.getTime()}"`, sha256: null, modified: mtime };
  }

  async get(key: string): Promise<{ body: Uint8Array; etag: string } | null> {
    const head = await this.head(key);
    return head && { body: await readFile(this.#path(key)), etag: head.etag };
  }

  async getRange(key: string, start: number, end: number): Promise<Uint8Array | null> {
    if (!(await this.#stat(key))) return null;
    const file = await open(this.#path(key));
    try {
      const bytes = new Uint8Array(Math.max(0, end - start));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
      if (bytesRead < bytes.length)
        throw new RangeError(`${this.url}${key} has ${start + bytesRead} bytes, [${start}, ${end}) were asked for`);
      return bytes;
    } finally {
      await file.close();
    }
  }

  async getStream(key: string): Promise<Readable | null> {
    if (!(await this.#stat(key))) return null;
    return createReadStream(this.#path(key), { highWaterMark: STREAM_BYTES });
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
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    if (!isInside(folder) || !(await isFolder(this.#path(folder)))) return;
    const keys = (await filesBelow(this.#path(folder))).map((name) => folder + name);
    keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    for (const key of keys) {
      const found = key.startsWith(prefix) ? await this.#stat(key) : null;
      if (found) yield { key, bytes: found.size, modified: found.mtime };
    }
  }

  async #stat(key: string): Promise<{ readonly size: number; readonly mtime: Date } | null> {
    if (!isInside(key)) return null;
    const found = await stat(this.#path(key)).catch(nullIfAbsent);
    return found?.isFile() ? found : null;
  }

  #path(key: string): string {
    return join(this.#folder, key);
  }
}

/** Keys come out of files that are being audited: none may lead out of the folder. */
function isInside(key: string): boolean {
  return !key.startsWith('/') && !key.includes('\0') && !key.split('/').includes('..');
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(nullIfAbsent))?.isDirectory() ?? false;
}

function nullIfAbsent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'ENAMETOOLONG') return null;
  throw error;
}
