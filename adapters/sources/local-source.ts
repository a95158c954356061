/**
 * Files that an input names by their path on the worker: regular files below configured roots alone, whatever links lead
 * to them. Whoever may start a run may not read the worker's secrets through it.
 */
import { constants, createWriteStream, type Stats } from 'node:fs';
import { type FileHandle, link, lstat, open, readlink, realpath, rm, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { quoteText } from '../../contracts/quote.ts';
import { SourceError } from './source-error.ts';

export interface SourceRoots {
  /** Folders below which files of rows are read. */
  readonly data: readonly string[];
  /** Folders below which model folders are read. */
  readonly model: readonly string[];
  /** Below them: folders that stay closed, such as that of the signing key. */
  readonly closed: readonly string[];
}

/** What is read of the worker's files, and for which field of the input. */
export interface LocalSource {
  /** As the input has it. */
  readonly source: string;
  /** Name of the input's field: `data.source`. */
  readonly field: string;
  readonly kind: 'data' | 'model';
}

/** Views of processes, devices and the kernel: some are regular files, and none is data. */
const SYSTEM = ['/proc', '/sys', '/dev'];

/**
 * The refusal of everything that may not be read, is no regular file or does not exist: one and the same, so that it does
 * not tell which files the worker has.
 */
export function refusal({ source, field, kind }: LocalSource): SourceError {
  const [what, root, option] =
    kind === 'data'
      ? (['file', 'VEILLE_DATA_ROOTS', field === 'data.source' ? '--data FILE' : '--guard NAME=FILE'] as const)
      : (['sentence-transformers folder', 'VEILLE_MODEL_ROOTS', '--model FOLDER'] as const);
  return new SourceError(
    'not-found',
    `${field} ${quoteText(source, 200)} is no ${what} that the worker may read: it reads regular files below its ` +
      `${root}, and no hidden ones. Check the path; set ${root} on the worker; or give what lies beside you with ` +
      `${option}, which puts it into the bucket`,
  );
}

/**
 * Where a path leads, with all links resolved.
 *
 * @throws SourceError (`not-found`) where that is not below a root
 */
export async function allowedPath(path: string, roots: SourceRoots, named: LocalSource): Promise<string> {
  const real = await realpath(path).catch(() => null);
  if (real === null || !(await isAllowed(real, roots, named.kind))) throw refusal(named);
  return real;
}

/**
 * Reads a file below a root. It is the opened file that is judged, so that nobody can put another one in its place.
 *
 * @param read gets the open file, its state, and its path without links
 * @throws SourceError (`not-found`)
 */
export async function withLocalFile<R>(
  path: string,
  roots: SourceRoots,
  named: LocalSource,
  read: (file: FileHandle, state: Stats, real: string) => Promise<R>,
): Promise<R> {
  const real = await allowedPath(path, roots, named);
  // A pipe would block whoever opens it, and a device may act on it.
  if (!(await lstat(real).catch(() => null))?.isFile()) throw refusal(named);
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(real, flags).catch(() => null);
  if (file === null) throw refusal(named);
  try {
    const state = await file.stat();
    const opened = await pathOf(file, real, state);
    if (!state.isFile() || opened === null || !(await isAllowed(opened, roots, named.kind))) throw refusal(named);
    return await read(file, state, opened);
  } finally {
    await file.close();
  }
}

/**
 * Gives a file below a root a second name in a folder of ours, where nobody can exchange it: a hard link, or a copy where
 * the file system has none.
 *
 * @throws SourceError (`not-found`)
 */
export async function takeLocalFile(
  path: string,
  roots: SourceRoots,
  named: LocalSource,
  target: string,
): Promise<string> {
  return withLocalFile(path, roots, named, async (file, state, real) => {
    const linked = await link(real, target).then(
      () => lstat(target),
      () => null,
    );
    if (linked !== null && isSameFile(linked, state)) return target;
    // Another file has come in its place: its second name goes, so that nothing is written into it.
    await rm(target, { force: true });
    await pipeline(file.createReadStream({ start: 0, autoClose: false }), createWriteStream(target, { flags: 'wx' }));
    return target;
  });
}

/** Linux knows the path of an open file; elsewhere the path must still lead to the same file. */
async function pathOf(file: FileHandle, real: string, state: Stats): Promise<string | null> {
  const known = await readlink(join('/proc/self/fd', String(file.fd))).catch(() => null);
  if (known !== null) return known;
  const [again, now] = await Promise.all([realpath(real).catch(() => null), stat(real).catch(() => null)]);
  return again !== null && now !== null && isSameFile(now, state) ? again : null;
}

function isSameFile(a: Stats, b: Stats): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

/** @param real without links */
export async function isAllowed(real: string, roots: SourceRoots, kind: LocalSource['kind']): Promise<boolean> {
  if (SYSTEM.some((system) => isWithin(real, system))) return false;
  for (const closed of await realPaths(roots.closed)) if (isWithin(real, closed)) return false;
  return (await realPaths(roots[kind])).some((root) => isWithin(real, root) && !isHidden(relative(root, real)));
}

/** Of those that there are. */
async function realPaths(folders: readonly string[]): Promise<string[]> {
  const found = await Promise.all(folders.map((folder) => realpath(folder).catch(() => null)));
  return found.filter((folder) => folder !== null);
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** Environment files, keys and repositories are hidden, data is not. */
export function isHidden(path: string): boolean {
  return path.split(sep).some((part) => part.startsWith('.'));
}
