/**
 * Files of the store on this machine, by their digests, within a bound. Processes share it: what one of them uses is a
 * hard link, by which all others see that it is in use.
 *
 *     ab/abcdef…   files that are kept
 *     open/…       links to files that are being read, and downloads under way
 */
import { randomUUID } from 'node:crypto';
import { link, lstat, mkdir, readdir, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Stats } from 'node:fs';
import { nullIfAbsent } from '../files/below.ts';
import { sha256OfFile } from '../object-store/file-digest.ts';

export interface LocalCacheOptions {
  /** Bytes that the cache may have, downloads included. @default without a bound */
  readonly most?: number;
  /** Folder below the cache's `open` for what this process uses. @default `open` itself */
  readonly open?: string;
}

/** A file that the cache may have. */
export interface CachedFile {
  readonly sha256: string;
  readonly bytes: number;
}

/** Writes a file's bytes, which it checks, to a path where a file of their number stands. */
type Fetch = (path: string) => Promise<void>;

interface FoundFile {
  readonly path: string;
  readonly stats: Stats;
}

export class LocalCache {
  readonly #folder: string;
  readonly #most: number;
  readonly #open: string;

  constructor(
    folder: string,
    { most = Number.POSITIVE_INFINITY, open = join(folder, 'open') }: LocalCacheOptions = {},
  ) {
    this.#folder = folder;
    this.#most = most;
    this.#open = open;
  }

  /**
   * Lays the file at `target` as a hard link. One that is found here is hashed again: disks err, and what is loaded as code
   * or weights must be what it was. One that does not fit beside what is in use is not kept.
   *
   * @param target free, on the cache's file system
   */
  async link(file: CachedFile, target: string, fetch: Fetch): Promise<void> {
    if (await this.#linkKept(file, target)) return;
    await mkdir(this.#open, { recursive: true });
    const partial = join(this.#open, `${randomUUID()}.partial`);
    try {
      // It counts as a whole from the beginning: another download sees what this one will take.
      await writeFile(partial, '', { flag: 'wx' });
      await truncate(partial, file.bytes);
      const fits = await this.#makeRoom();
      await fetch(partial);
      await link(partial, target);
      if (fits) await this.#keep(partial, file);
    } finally {
      await rm(partial, { force: true });
    }
  }

  /** Runs `work` with a path of the file, which is there at least that long. */
  async withFile<R>(file: CachedFile, fetch: Fetch, work: (path: string) => Promise<R>): Promise<R> {
    await mkdir(this.#open, { recursive: true });
    const path = join(this.#open, randomUUID());
    try {
      await this.link(file, path, fetch);
      return await work(path);
    } finally {
      await rm(path, { force: true });
    }
  }

  async #linkKept({ sha256 }: CachedFile, target: string): Promise<boolean> {
    const kept = this.#pathOf(sha256);
    // Linked before it is hashed: from here on it is in use.
    if ((await link(kept, target).catch(nullIfAbsent)) === null) return false;
    if ((await sha256OfFile(target)) === sha256) {
      const now = new Date();
      await utimes(target, now, now);
      return true;
    }
    await Promise.all([rm(target), rm(kept, { force: true })]);
    return false;
  }

  async #keep(partial: string, { sha256 }: CachedFile): Promise<void> {
    const kept = this.#pathOf(sha256);
    await mkdir(dirname(kept), { recursive: true });
    await rename(partial, kept);
  }

  /**
   * Removes what was used least recently and is in use nowhere, until the bound is kept. Whoever links to a file at that
   * moment has it, and whoever comes too late downloads it again.
   *
   * @returns false where what is in use exceeds the bound by itself
   */
  async #makeRoom(): Promise<boolean> {
    if (this.#most === Number.POSITIVE_INFINITY) return true;
    const files = await filesIn(this.#folder);
    const sizes = new Map(files.map(({ stats }) => [stats.ino, stats.size]));
    let total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    const unused = files
      .filter(({ path, stats }) => stats.nlink === 1 && !path.startsWith(join(this.#folder, 'open/')))
      .sort((a, b) => a.stats.mtimeMs - b.stats.mtimeMs);
    for (const { path, stats } of unused) {
      if (total <= this.#most) break;
      await rm(path, { force: true });
      total -= stats.size;
    }
    return total <= this.#most;
  }

  #pathOf(sha256: string): string {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new RangeError('a cached file is named by 64 hexadecimal digits');
    return join(this.#folder, sha256.slice(0, 2), sha256);
  }
}

/** What other processes remove meanwhile is left out. */
async function filesIn(folder: string): Promise<FoundFile[]> {
  const entries = (await readdir(folder, { withFileTypes: true }).catch(nullIfAbsent)) ?? [];
  const found = await Promise.all(
    entries.map(async (entry): Promise<FoundFile[]> => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesIn(path);
      const stats = entry.isFile() ? await lstat(path).catch(nullIfAbsent) : null;
      return stats ? [{ path, stats }] : [];
    }),
  );
  return found.flat();
}
