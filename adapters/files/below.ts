/** Names from outside as files below a folder, and nowhere else: no part of the way may be a link. */
import type { Stats } from 'node:fs';
import { lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteText } from '../../contracts/quote.ts';
import { clashOf, relativePathFault } from '../../contracts/relative-path.ts';

/** A name would lead out of its folder, or through a link; nothing was made. */
export class UnsafePathError extends Error {
  override readonly name = 'UnsafePathError';

  constructor(path: string, fault: string) {
    super(`The path "${quoteText(path)}" ${fault}: no file is made or read under such a name`);
  }
}

/** @throws UnsafePathError when one of the paths is unsafe, or two of them can't both be files */
export function refuseUnsafePaths(paths: Iterable<string>): void {
  const all = [...paths];
  for (const path of all) refuseUnsafePath(path);
  const clash = clashOf(all);
  if (clash) throw new UnsafePathError(clash[1], `can't be a file beside "${quoteText(clash[0])}"`);
}

/**
 * Where the file `path` is to be made below `folder`; the folders on the way are made. Whoever makes the file does it by
 * a call that follows no link in its place: `link`, `rename`, or opening it with the flag `wx`.
 *
 * @param folder trusted, as are the links that lead to it
 * @throws UnsafePathError when the path is unsafe, or something on the way is a link or a file
 */
export async function placeBelow(folder: string, path: string): Promise<string> {
  refuseUnsafePath(path);
  await mkdir(folder, { recursive: true });
  const parts = path.split('/');
  let way = folder;
  for (const part of parts.slice(0, -1)) {
    way = join(way, part);
    await mkdir(way).catch(unlessThere);
    if (!(await lstat(way)).isDirectory()) throw new UnsafePathError(path, 'leads through a link, or through a file');
  }
  return join(folder, ...parts);
}

/** The plain file `path` below `folder`; null where there is none, or where something on the way is a link. */
export async function fileBelow(folder: string, path: string): Promise<{ path: string; stats: Stats } | null> {
  if (relativePathFault(path) !== null) return null;
  const parts = path.split('/');
  let way = folder;
  for (const [index, part] of parts.entries()) {
    way = join(way, part);
    const stats = await lstat(way).catch(nullIfAbsent);
    if (index === parts.length - 1) return stats?.isFile() ? { path: way, stats } : null;
    if (!stats?.isDirectory()) return null;
  }
  return null;
}

/** Null where an error says that there is no such file. */
export function nullIfAbsent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'ENAMETOOLONG') return null;
  throw error;
}

function refuseUnsafePath(path: string): void {
  const fault = relativePathFault(path);
  if (fault !== null) throw new UnsafePathError(path, fault);
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
