/** Lays the files of a tar archive from outside into a folder, and none outside it. */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { type Extract, extract, type Header } from 'tar-stream';
import { quoteText } from '../../contracts/quote.ts';
import { DistinctPaths, relativePathFault } from '../../contracts/relative-path.ts';
import { placeBelow } from '../files/below.ts';
import { MOST_OBJECT_BYTES } from '../object-store/too-large.ts';

/** The file is no tar archive of plain files below one folder. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
}

/** A run has thousands of objects: more entries than this would fill a disk with names. */
const MOST_ENTRIES = 1_000_000;
/** Two blocks of zeros, with which every tar archive ends. */
const END_BYTES = 1_024;

/**
 * What is unpacked has at most the archive's own size: an entry that says more than is left of the archive is refused
 * before a byte of it is written.
 *
 * @param folder made here; gone again when this throws
 * @throws ArchiveError when the archive is torn, or an entry is no file, has an unsafe path or is there twice
 */
export async function unpackArchive(path: string, folder: string, signal: AbortSignal): Promise<void> {
  await mkdir(folder);
  try {
    await layFiles(path, folder, await wholeSize(path), signal);
  } catch (cause) {
    await rm(folder, { recursive: true, force: true });
    if (cause instanceof ArchiveError || signal.aborted) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ArchiveError(`${path} can't be unpacked (${reason}): is it a whole archive of \`veille export\`?`, {
      cause,
    });
  }
}

async function layFiles(path: string, folder: string, bytes: number, signal: AbortSignal): Promise<void> {
  const entries = extract();
  const read = pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), entries, { signal });
  // An iterator that waits for an entry does not see every way in which reading can fail.
  await Promise.all([read, layEntries(entries, path, folder, bytes, signal)]);
}

async function layEntries(
  entries: Extract,
  path: string,
  folder: string,
  bytes: number,
  signal: AbortSignal,
): Promise<void> {
  const names = new DistinctPaths();
  let count = 0;
  for await (const entry of entries) {
    const { header } = entry;
    const fault = ++count > MOST_ENTRIES ? `is one of more than ${MOST_ENTRIES}` : faultOf(header, bytes, names);
    if (fault !== null)
      throw new ArchiveError(`${path} is not unpacked: its entry "${quoteText(header.name)}" ${fault}.`);
    const target = await placeBelow(folder, header.name);
    await pipeline(entry, createWriteStream(target, { flags: 'wx' }), { signal });
  }
}

/** @returns the end of a sentence that the entry begins; null for a file that can be laid into the folder */
function faultOf(header: Header & { byteOffset?: number }, bytes: number, names: DistinctPaths): string | null {
  const { name, type, size, byteOffset = 0 } = header;
  if (type !== 'file') return `is no plain file but ${type ?? 'of a kind that is unknown'}`;
  const fault = relativePathFault(name);
  if (fault !== null) return `has a path that ${fault}`;
  // The library takes a size that it can't read for null.
  if (!Number.isSafeInteger(size) || size < 0) return 'says no valid size';
  if (size > MOST_OBJECT_BYTES) return `would have ${size} bytes, and an object has at most ${MOST_OBJECT_BYTES}`;
  const left = bytes - END_BYTES - byteOffset;
  if (size > left) return `would have ${size} bytes, and ${left} are left of the archive: it was cut off, or forged`;
  const other = names.add(name);
  if (other === null) return null;
  return other === name ? 'is there twice' : `can't be a file beside "${quoteText(other)}"`;
}

/**
 * Size of the archive in bytes.
 *
 * @throws ArchiveError when it does not end as an archive does
 */
async function wholeSize(path: string): Promise<number> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const end = Buffer.alloc(END_BYTES, 1);
    if (size >= END_BYTES) await file.read(end, 0, END_BYTES, size - END_BYTES);
    if (size % 512 === 0 && end.every((byte) => byte === 0)) return size;
    throw new ArchiveError(`${path} does not end as a tar archive does: it was cut off, or is none. Copy it again.`);
  } finally {
    await file.close();
  }
}
