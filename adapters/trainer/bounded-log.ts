/** The log of a process that may print without end: its beginning and its end are kept, and no disk is filled. */
import { type FileHandle, open } from 'node:fs/promises';
import { Writable } from 'node:stream';

/** Bytes. The end is held in memory until the log is closed. */
export interface LogBounds {
  readonly beginning: number;
  readonly end: number;
}

const BOUNDS: LogBounds = { beginning: 8 << 20, end: 1 << 20 };

/** The newest bytes of a stream. */
export class Tail {
  readonly #most: number;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  /** Bytes that came before those that are kept. */
  dropped = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(chunk: Uint8Array): void {
    // A copy: what the stream hands out is part of a larger buffer.
    this.#chunks.push(Uint8Array.from(chunk));
    this.#bytes += chunk.length;
    while (this.#bytes - (this.#chunks[0]?.length ?? 0) >= this.#most) {
      const { length } = this.#chunks.shift()!;
      this.#bytes -= length;
      this.dropped += length;
    }
  }

  bytes(): Buffer {
    const all = Buffer.concat(this.#chunks);
    return all.subarray(Math.max(0, all.length - this.#most));
  }
}

/**
 * Takes what is piped to it, and never fails: a log that can't be written, for want of space say, is no reason to lose the
 * work that it is about.
 */
export class BoundedLog extends Writable {
  readonly #file: Promise<FileHandle | null>;
  readonly #bounds: LogBounds;
  readonly #tail: Tail;
  #written = 0;

  /** @param path of a file that is appended to */
  constructor(path: string, bounds = BOUNDS) {
    super();
    this.#bounds = bounds;
    this.#tail = new Tail(bounds.end);
    this.#file = open(path, 'a').catch(() => null);
    // A process that outlives its trainer may still print after the log was closed.
    this.on('error', () => undefined);
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const room = this.#bounds.beginning - this.#written;
    const now = chunk.subarray(0, Math.max(0, room));
    if (now.length < chunk.length) this.#tail.add(chunk.subarray(now.length));
    this.#written += now.length;
    this.#append(now).then(done, done);
  }

  override _final(done: () => void): void {
    const tail = this.#tail.bytes();
    const left = this.#tail.dropped;
    const mark = left > 0 ? `\n… about ${left} bytes were left out …\n` : '';
    this.#append(Buffer.concat([Buffer.from(mark), tail]))
      .then(async () => (await this.#file)?.close())
      .then(
        () => done(),
        () => done(),
      );
  }

  async #append(bytes: Uint8Array): Promise<void> {
    if (bytes.length > 0) await (await this.#file)?.appendFile(bytes).catch(() => undefined);
  }
}
