/** Real French legal texts, out of the example that set-up has built. */
import { join } from 'node:path';
import { readRows } from '../adapters/rows/read-rows.ts';
import { ROOT } from '../test/fixtures/paths.ts';
import type { Pair } from '../core/clean.ts';

const SOURCE = join(ROOT, '.veille/data/legal-fr.parquet');

/**
 * The first `count` rows whose passage is none of an earlier row, each passage as the pipeline makes it.
 *
 * @throws RangeError when the example has not so many
 */
export async function legalPairs(count: number): Promise<Pair[]> {
  const pairs = new Map<string, Pair>();
  const options = { format: 'parquet', columns: ['input', 'output', 'query'], limit: null } as const;
  for await (const { input = '', output = '', query = '' } of readRows(SOURCE, options)) {
    const positive = `${input.trim()}, ${output.trim()}`;
    if (!pairs.has(positive)) pairs.set(positive, { query, positive });
    if (pairs.size === count) return [...pairs.values()];
  }
  throw new RangeError(
    `the example has ${pairs.size} different passages, ${count} were asked for: name a smaller size`,
  );
}
