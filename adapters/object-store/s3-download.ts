/** The body of a download: a connection that breaks or stalls is made again from where it was. */
import type { Readable } from 'node:stream';
import type { StallWatch } from '../requests/stall-watch.ts';
import type { Tries } from '../requests/tries.ts';
import { ForeignAnswerError } from './s3-fault.ts';

/** The answer to one GET, its body not yet read. */
export interface Answer {
  readonly etag: string;
  /** Bytes that are to come; null where the server does not say. */
  readonly length: number | null;
  /** Hex SHA-256 of the whole object, where the server keeps it. */
  readonly sha256: string | null;
  readonly body: Readable;
  /** Watches the connection for as long as the body is read. */
  readonly watch: StallWatch;
}

/** Received bytes after which a broken connection counts as the first one again. */
const PROGRESS = 1 << 20;

/**
 * Yields the body of `first` and, where it breaks off, that of further answers.
 *
 * @param reopen asks for the bytes from an offset on, of the same version of the object
 * @param tries of one break; it throws when there were too many without progress
 */
export async function* resumedBody(
  first: Answer,
  reopen: (offset: number) => Promise<Answer>,
  tries: Tries,
): AsyncGenerator<Uint8Array, void> {
  let offset = 0;
  let sinceBreak = 0;
  let answer = first;
  let chunks = chunksOf(answer);
  try {
    for (;;) {
      const read = await next(chunks, answer, first.length, offset);
      if (read instanceof Uint8Array) {
        offset += read.length;
        sinceBreak += read.length;
        // Outside of what is caught here: what the reader throws is the reader's.
        yield read;
        continue;
      }
      tries.end();
      if (read === null) return;
      close(answer);
      if (sinceBreak >= PROGRESS) tries.restart();
      sinceBreak = 0;
      await tries.next(read.failure);
      answer = await reopen(offset);
      chunks = chunksOf(answer);
    }
  } finally {
    close(answer);
  }
}

/** The next bytes, null at the end, or what broke the connection. */
async function next(
  chunks: AsyncIterator<Uint8Array>,
  { watch }: Answer,
  length: number | null,
  offset: number,
): Promise<Uint8Array | null | { readonly failure: unknown }> {
  watch.moved();
  try {
    const read = await chunks.next();
    if (read.done !== true) return read.value;
    if (length === null || offset === length) return null;
    return { failure: new ForeignAnswerError(`the body ended after ${offset} of ${length} bytes`) };
  } catch (error) {
    return { failure: watch.signal.aborted ? watch.signal.reason : error };
  } finally {
    watch.pause();
  }
}

function chunksOf({ body }: Answer): AsyncIterator<Uint8Array> {
  return (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
}

function close({ body, watch }: Answer): void {
  watch.stop();
  body.on('error', () => {});
  body.destroy();
}
