/**
 * The different texts of a part as the encoder reads them. Memory holds the key, the length and the place of each in the
 * part's file: some 60 bytes a text, however long it is. The texts themselves are read where they are needed.
 */
import { type FileHandle, open } from 'node:fs/promises';
import type { Prefixes } from '../contracts/activities.ts';
import type { Pair } from '../core/clean.ts';
import { KeyTable } from '../core/key-table.ts';
import { KEY_BYTES, keyAt, textKey } from '../core/text-key.ts';

/** Of the file, in memory at a time. */
const BLOCK_BYTES = 1 << 20;
const NEWLINE = 0x0a;
/** Texts read at a time: as many system calls are waiting. */
const PARALLEL_READS = 256;

export class TextTable {
  /** Packed keys, uint8 [n, 32], each once. */
  readonly keys: Uint8Array;
  /** UTF-8 length of each text, its prefix included [n]. */
  readonly bytes: Uint32Array;
  readonly #file: FileHandle;
  readonly #prefixes: Prefixes;
  /** Where each line begins, and the end of the last one [lines + 1]. */
  readonly #lineStarts: Float64Array;
  /** Line of each text, doubled, and one more where it is the positive [n]. */
  readonly #places: Uint32Array;

  private constructor(
    file: FileHandle,
    prefixes: Prefixes,
    lineStarts: Float64Array,
    texts: Pick<TextTable, 'keys' | 'bytes'> & { readonly places: Uint32Array },
  ) {
    this.#file = file;
    this.#prefixes = prefixes;
    this.#lineStarts = lineStarts;
    this.keys = texts.keys;
    this.bytes = texts.bytes;
    this.#places = texts.places;
  }

  /**
   * Runs `work` with the texts of a part, whose file is open that long.
   *
   * @param path of a file of JSON Lines of {query, positive} whose digest was checked
   */
  static async use<R>(path: string, prefixes: Prefixes, work: (texts: TextTable) => Promise<R>): Promise<R> {
    const file = await open(path);
    try {
      return await work(await TextTable.#read(file, prefixes));
    } finally {
      await file.close();
    }
  }

  static async #read(file: FileHandle, prefixes: Prefixes): Promise<TextTable> {
    const lineStarts = await lineStartsOf(file);
    const lines = lineStarts.length - 1;
    const keys = new Uint8Array(2 * lines * KEY_BYTES);
    const bytes = new Uint32Array(2 * lines);
    let line = 0;
    for await (const pairs of pairsIn(file, lineStarts))
      for (const pair of pairs) {
        for (const [side, text] of sidesOf(pair, prefixes).entries()) {
          keys.set(textKey(text), (2 * line + side) * KEY_BYTES);
          bytes[2 * line + side] = Buffer.byteLength(text);
        }
        line++;
      }
    return new TextTable(file, prefixes, lineStarts, withoutRepetitions(keys, bytes));
  }

  /** Texts at positions, in their order. */
  async textsAt(positions: Uint32Array): Promise<string[]> {
    const texts: string[] = [];
    for (let start = 0; start < positions.length; start += PARALLEL_READS) {
      const some = positions.subarray(start, start + PARALLEL_READS);
      texts.push(...(await Promise.all(Array.from(some, async (position) => this.#textAt(position)))));
    }
    return texts;
  }

  async #textAt(position: number): Promise<string> {
    const place = this.#places[position]!;
    const line = place >>> 1;
    const start = this.#lineStarts[line]!;
    const bytes = await readBytes(this.#file, start, this.#lineStarts[line + 1]!);
    return sidesOf(JSON.parse(bytes.toString('utf8')) as Pair, this.#prefixes)[place & 1]!;
  }
}

/** Both texts of a pair as the encoder reads them. */
function sidesOf({ query, positive }: Pair, prefixes: Prefixes): [query: string, positive: string] {
  return [prefixes.query + query, prefixes.passage + positive];
}

/** Keeps the first one of equal keys; the arrays are compacted in place. */
function withoutRepetitions(
  keys: Uint8Array,
  bytes: Uint32Array,
): { keys: Uint8Array; bytes: Uint32Array; places: Uint32Array } {
  const places = new Uint32Array(bytes.length);
  const table = new KeyTable(keys);
  let count = 0;
  for (let place = 0; place < bytes.length; place++) if (table.find(keys, place) === place) places[count++] = place;
  for (let position = 0; position < count; position++) {
    const place = places[position]!;
    keys.set(keyAt(keys, place), position * KEY_BYTES);
    bytes[position] = bytes[place]!;
  }
  return {
    keys: keys.subarray(0, count * KEY_BYTES),
    bytes: bytes.subarray(0, count),
    places: places.subarray(0, count),
  };
}

/** Every line ends with a newline: the file is of `toJsonLines`. */
async function lineStartsOf(file: FileHandle): Promise<Float64Array> {
  const { size } = await file.stat();
  let starts = new Float64Array(1_024);
  let lines = 0;
  for (let offset = 0; offset < size; offset += BLOCK_BYTES) {
    const block = await readBytes(file, offset, Math.min(size, offset + BLOCK_BYTES));
    for (let at = block.indexOf(NEWLINE); at !== -1; at = block.indexOf(NEWLINE, at + 1)) {
      if (++lines === starts.length) {
        const larger = new Float64Array(2 * starts.length);
        larger.set(starts);
        starts = larger;
      }
      starts[lines] = offset + at + 1;
    }
  }
  return starts.subarray(0, lines + 1);
}

/** The pairs of all lines, as many at a time as a block has, or one that is longer. */
async function* pairsIn(file: FileHandle, lineStarts: Float64Array): AsyncGenerator<Pair[]> {
  const lines = lineStarts.length - 1;
  for (let line = 0; line < lines;) {
    const start = lineStarts[line]!;
    let end = line + 1;
    while (end < lines && lineStarts[end + 1]! - start <= BLOCK_BYTES) end++;
    const block = await readBytes(file, start, lineStarts[end]!);
    const pairs: Pair[] = [];
    for (; line < end; line++)
      pairs.push(JSON.parse(block.toString('utf8', lineStarts[line]! - start, lineStarts[line + 1]! - start)) as Pair);
    yield pairs;
  }
}

async function readBytes(file: FileHandle, start: number, end: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(end - start);
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, start + done);
    if (bytesRead === 0) throw new RangeError(`the file of a part ends before byte ${end}`);
    done += bytesRead;
  }
  return bytes;
}
