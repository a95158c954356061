/** Keys of segments on this machine's disk: they are read from the store once, and memory holds none of them. */
import { randomUUID } from 'node:crypto';
import { close, mkdirSync, openSync, read, unlinkSync, write } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { KEY_BYTES, keyCount } from '../../core/text-key.ts';

const readAt = promisify(read);
const writeAt = promisify(write);

/** Where the keys of a segment are in the file. */
export interface KeyRange {
  readonly position: number;
  /** Keys. */
  readonly rows: number;
}

/** The descriptor goes with the object that has it. */
const descriptors = new FinalizationRegistry<number>((descriptor) => close(descriptor));

/** Grows only: what a compaction removes from the cache stays until the object goes. */
export class KeyFile {
  readonly #folder: string;
  #descriptor: number | null = null;
  #end = 0;

  /** @param folder made when the first keys come */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param keys packed, uint8 [n, 32] */
  async append(keys: Uint8Array): Promise<KeyRange> {
    const range = { position: this.#end, rows: keyCount(keys) };
    this.#end += keys.length;
    for (let done = 0; done < keys.length;) {
      const { bytesWritten } = await writeAt(this.#open(), keys, done, keys.length - done, range.position + done);
      done += bytesWritten;
    }
    return range;
  }

  /** Packed keys, uint8 [n, 32]. */
  async read({ position, rows }: KeyRange): Promise<Uint8Array<ArrayBuffer>> {
    const keys = new Uint8Array(rows * KEY_BYTES);
    await this.readInto(keys, position);
    return keys;
  }

  /** Fills `keys` from a position of the file. */
  async readInto(keys: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < keys.length;) {
      const { bytesRead } = await readAt(this.#open(), keys, done, keys.length - done, position + done);
      if (bytesRead === 0) throw new RangeError(`the file of keys in ${this.#folder} ends before ${position + done}`);
      done += bytesRead;
    }
  }

  /** The file has no name from the moment that it is open: whatever ends the process frees its space. */
  #open(): number {
    if (this.#descriptor === null) {
      mkdirSync(this.#folder, { recursive: true });
      const path = join(this.#folder, `keys-${randomUUID()}`);
      this.#descriptor = openSync(path, 'wx+', 0o600);
      unlinkSync(path);
      descriptors.register(this, this.#descriptor);
    }
    return this.#descriptor;
  }
}
