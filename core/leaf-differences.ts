/** Where two JSON values differ, leaf by leaf. */
import { canonicalJson } from './canonical.ts';

export interface LeafDifference {
  /** Dotted path; elements of an array by their position. */
  readonly path: string;
  /** Undefined where the value has no such leaf. */
  readonly a: unknown;
  readonly b: unknown;
}

/**
 * The leaves of a JSON value: what has no members, so a text, a number, a boolean, null, an empty object or array.
 *
 * @returns [dotted path, leaf] in the value's own order; the value itself, under the empty path, where it is a leaf
 */
export function leavesOf(value: unknown, path = ''): [path: string, leaf: unknown][] {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return [[path, value]];
  return Object.entries(value).flatMap(([name, child]) => leavesOf(child, path === '' ? name : `${path}.${name}`));
}

/** @returns in the order of `a`, then what only `b` has; empty for values with the same canonical JSON */
export function leafDifferences(a: unknown, b: unknown): LeafDifference[] {
  const [inA, inB] = [new Map(leavesOf(a)), new Map(leavesOf(b))];
  const paths = [...new Set([...inA.keys(), ...inB.keys()])];
  return paths
    .map((path) => ({ path, a: inA.get(path), b: inB.get(path) }))
    .filter((leaf) => !areEqual(leaf.a, leaf.b));
}

function areEqual(a: unknown, b: unknown): boolean {
  return a === b || (a !== undefined && b !== undefined && canonicalJson(a) === canonicalJson(b));
}
