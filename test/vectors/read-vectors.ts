/** Reads what scripts/make_vectors.py wrote: results of the Python libraries that core must agree with. */
import { readFileSync } from 'node:fs';

/**
 * @param name File name without `.json`.
 * @returns The parsed file; the caller knows its shape from the script.
 */
export function readVectors(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8'));
}
