/** JSON Lines: the form of the parts and per-query files in the store. */

/** Text that is turned into bytes, or bytes into text, at a time: V8's strings end at 512 MiB, files don't. */
const BLOCK_LINES = 4_096;
const NEWLINE = 0x0a;

/** One canonical line a value; the same values give the same bytes. */
export function toJsonLines(values: readonly unknown[]): Uint8Array {
  const blocks: Buffer[] = [];
  for (let start = 0; start < values.length; start += BLOCK_LINES) {
    const lines = values.slice(start, start + BLOCK_LINES).map((value) => `${JSON.stringify(value)}\n`);
    blocks.push(Buffer.from(lines.join('')));
  }
  return Buffer.concat(blocks);
}

/** Values of a file that this program wrote; its digest was checked by the reader. */
export function fromJsonLines<T>(bytes: Uint8Array): T[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values: T[] = [];
  for (let start = 0; start < buffer.length;) {
    const newline = buffer.indexOf(NEWLINE, start);
    const end = newline === -1 ? buffer.length : newline;
    if (end > start) values.push(JSON.parse(buffer.toString('utf8', start, end)) as T);
    start = end + 1;
  }
  return values;
}
