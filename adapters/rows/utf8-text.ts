/** A text file's content as strings, unpacked where gzip has packed it, and strict about its encoding. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { RowSource } from './row-source.ts';
import { RowsError } from './rows-error.ts';

/** The two bytes that a gzip file begins with. No text in UTF-8 has the second one there. */
const GZIP = '1f8b';

/**
 * Yields the file in pieces of at most 64 KiB that never cut a character, without a byte order mark.
 *
 * @throws RowsError `unreadable` at the first bytes that are not UTF-8: better than passages full of U+FFFD
 */
export async function* utf8Text({ path, name }: RowSource): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let offset = 0;
  const decode = (bytes?: Buffer): string => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch (cause) {
      throw new RowsError(
        'unreadable',
        `${name} is not UTF-8 text after byte ${offset}: unpack it if it is compressed, ` +
          'or convert it, e.g. iconv -f WINDOWS-1252 -t UTF-8',
        { cause },
      );
    }
  };
  const packed = await isGzip(path);
  try {
    for await (const bytes of (packed ? unpacked(path) : createReadStream(path)) as AsyncIterable<Buffer>) {
      yield decode(bytes);
      offset += bytes.length;
    }
  } catch (cause) {
    if (!packed || !isZlibError(cause)) throw cause;
    throw new RowsError('unreadable', `${name} can't be unpacked by gzip (${cause.message}): copy it again`, { cause });
  }
  yield decode();
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer.toString('hex', 0, bytesRead) === GZIP;
  } finally {
    await file.close();
  }
}

function unpacked(path: string): Readable {
  // An error of the file destroys the unpacking with it, so the loop throws it.
  return pipeline(createReadStream(path), createGunzip(), () => undefined);
}

function isZlibError(cause: unknown): cause is Error & { readonly code: string } {
  return cause instanceof Error && 'code' in cause && String(cause.code).startsWith('Z_');
}

/** The pieces with one before them that was read already. What they come from is closed though nobody reads on. */
export async function* prepended(start: string, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  try {
    yield start;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}
