/** Lays the files of a tar archive into a folder, and none outside it. */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { extract, type Header } from 'tar-stream';

/** The file is no tar archive of plain files below one folder. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
}

/**
 * @param folder exists; what is in it may be half of the archive when this throws
 * @throws ArchiveError when the archive is torn, or an entry is no file or has a path that leads elsewhere
 */
export async function unpackArchive(path: string, folder: string, signal: AbortSignal): Promise<void> {
  const entries = extract();
  const read = pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), entries, { signal });
  // What went wrong is told by the loop below, which the broken stream ends.
  read.catch(() => {});
  try {
    for await (const entry of entries) {
      const target = join(folder, safeName(path, entry.header));
      await mkdir(dirname(target), { recursive: true });
      await pipeline(entry, createWriteStream(target, { flags: 'wx' }), { signal });
    }
    await read;
  } catch (cause) {
    if (cause instanceof ArchiveError || signal.aborted) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ArchiveError(`${path} can't be unpacked (${reason}): is it a whole archive of \`veille export\`?`, {
      cause,
    });
  }
}

function safeName(path: string, { name, type }: Header): string {
  const isInside = !name.startsWith('/') && !name.split(/[/\\]/).includes('..') && !name.includes('\0');
  if (type === 'file' && isInside) return name;
  throw new ArchiveError(
    `${path} has an entry ${JSON.stringify(name)} of type ${type}: \`veille export\` makes no such one`,
  );
}
