/** What a step put out, as digests. */
import { digestOf } from './canonical.ts';

const DIGEST = /^[0-9a-f]{64}$/;

/**
 * @param result JSON
 * @returns Path in the result, as in `weights.files.0.sha256`, → hex SHA-256, in the order of the paths. A result of
 *   figures alone is an output itself, `result`, by its canonical JSON.
 */
export function outputsOf(result: unknown): Record<string, string> {
  const found: [string, string][] = [];
  const visit = (node: unknown, path: string): void => {
    if (typeof node === 'string' && DIGEST.test(node)) found.push([path, node]);
    if (typeof node !== 'object' || node === null) return;
    for (const [name, child] of Object.entries(node)) visit(child, path === '' ? name : `${path}.${name}`);
  };
  visit(result, '');
  if (found.length === 0) return { result: digestOf(result) };
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}
