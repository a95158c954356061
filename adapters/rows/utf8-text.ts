/** A text file's content as strings, strict about its encoding. */
import { createReadStream } from 'node:fs';
import type { RowSource } from './row-source.ts';
import { RowsError } from './rows-error.ts';

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
  for await (const bytes of createReadStream(path) as AsyncIterable<Buffer>) {
    yield decode(bytes);
    offset += bytes.length;
  }
  yield decode();
}
