/**
 * Which names from outside may be joined to a folder or a key: those of records, manifests, archives and the hub.
 *
 * Free of zod and of Node, since workflow code imports the values.
 */
import { utf8Bytes } from './quote.ts';

/** Longest key that S3 takes, in bytes of UTF-8. */
const MOST_PATH_BYTES = 1_024;
/** Longest file name of Linux's file systems, in bytes of UTF-8. */
const MOST_NAME_BYTES = 255;
/** Folders are walked and made one by one: more of them than this are an attack, and no model. */
const MOST_PARTS = 32;

/** Names that Windows gives to devices, whatever extension follows. */
const DEVICE = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(\.|:|$)/i;

/**
 * What is wrong with a path that is to stay below the folder that it is joined to, on every system: it has forward
 * slashes, no empty part, no "." and no "..".
 *
 * @returns null for a path that is safe; else the end of a sentence that the path begins
 */
export function relativePathFault(path: string): string | null {
  if (path === '') return 'is empty';
  if (/[\p{Cc}\p{Cs}]/u.test(path)) return 'has a control character, or half of a surrogate pair';
  if (path.includes('\\')) return 'has a backslash';
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'is absolute';
  if (utf8Bytes(path) > MOST_PATH_BYTES) return `has more than ${MOST_PATH_BYTES} bytes`;
  const parts = path.split('/');
  if (parts.length > MOST_PARTS) return `is deeper than ${MOST_PARTS} folders`;
  return parts.map(partFault).find((fault) => fault !== null) ?? null;
}

function partFault(part: string): string | null {
  if (part === '') return 'has an empty part';
  if (part === '.' || part === '..') return `has a part "${part}"`;
  if (utf8Bytes(part) > MOST_NAME_BYTES) return `has a name of more than ${MOST_NAME_BYTES} bytes`;
  return DEVICE.test(part) ? 'has the name of a Windows device' : null;
}

/**
 * Paths that can all be files of one folder on every system. Two can't where they are the same, differ in case or in
 * Unicode's composition alone, or one is a folder of the other.
 */
export class DistinctPaths {
  readonly #files = new Map<string, string>();
  readonly #folders = new Map<string, string>();

  /** @returns null when the path is taken in; else the earlier path that it can't stand beside */
  add(path: string): string | null {
    const folded = fold(path);
    const parts = folded.split('/');
    const above = parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
    const [file] = [folded, ...above].flatMap((name) => this.#files.get(name) ?? []);
    const clash = file ?? this.#folders.get(folded);
    if (clash !== undefined) return clash;
    this.#files.set(folded, path);
    for (const folder of above) this.#folders.set(folder, path);
    return null;
  }
}

/** The first two of the paths that can't both be files of one folder; null where there are none. */
export function clashOf(paths: Iterable<string>): readonly [string, string] | null {
  const distinct = new DistinctPaths();
  for (const path of paths) {
    const clash = distinct.add(path);
    if (clash !== null) return [clash, path];
  }
  return null;
}

/** By upper case first: "ſ" and "s" are one letter to a file system that ignores case, and "ß" is "ss" to some. */
function fold(path: string): string {
  return path.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}
