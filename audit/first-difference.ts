/** Where two JSON values, or two files, first differ. */
import type { Difference } from './check.ts';

/** Longer values are cut: a difference is read by people. */
const SHOWN = 120;

/**
 * The first place at which `found` is not what `expected` is, in the order of the expected keys; null: they are equal.
 * Numbers are compared to the last bit.
 *
 * @param object that `found` stands in
 */
export function firstDifference(
  object: string,
  expected: unknown,
  found: unknown,
  place: string | null = null,
): Difference | null {
  if (Object.is(expected, found)) return null;
  if (isParent(expected) && isParent(found) && Array.isArray(expected) === Array.isArray(found)) {
    const names = new Set([...Object.keys(expected), ...Object.keys(found)]);
    for (const name of names) {
      const at = place === null ? name : `${place}.${name}`;
      const difference = firstDifference(object, child(expected, name), child(found, name), at);
      if (difference) return difference;
    }
    return null;
  }
  return { object, place, expected: shown(expected), found: shown(found) };
}

/**
 * The first byte at which two files differ; null: they are equal.
 *
 * @param object whose bytes `found` are
 */
export function firstByte(object: string, expected: Uint8Array, found: Uint8Array): Difference | null {
  if (Buffer.compare(expected, found) === 0) return null;
  const shorter = Math.min(expected.length, found.length);
  let offset = 0;
  while (offset < shorter && expected[offset] === found[offset]) offset++;
  const around = (bytes: Uint8Array): string =>
    offset >= bytes.length
      ? `end of ${bytes.length} bytes`
      : shown(Buffer.from(bytes.subarray(offset, offset + 32)).toString('utf8'));
  return { object, place: `byte ${offset}`, expected: around(expected), found: around(found) };
}

type Parent = Readonly<Record<string, unknown>>;

function isParent(value: unknown): value is Parent {
  return typeof value === 'object' && value !== null;
}

function child(parent: Parent, name: string): unknown {
  return Object.hasOwn(parent, name) ? parent[name] : undefined;
}

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
