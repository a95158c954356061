/** JSON Lines: the form of the parts, plans and per-query files in the store. */

/** One canonical line a value; the same values give the same bytes. */
export function toJsonLines(values: readonly unknown[]): Uint8Array {
  return Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
}

/** Values of a file that this program wrote; its digest was checked by the reader. */
export function fromJsonLines<T>(bytes: Uint8Array): T[] {
  const text = Buffer.from(bytes).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}
