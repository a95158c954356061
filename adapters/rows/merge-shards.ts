/** Several files of one table become one: a run reads a file, and names it by its digest. */
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { detectFormat, type RowFormat } from './detect-format.ts';
import { readRows } from './read-rows.ts';

/** Name of the file that they become: JSON Lines. */
export const MERGED = 'shards-merged.jsonl';

export interface Shard {
  /** Local file. */
  readonly path: string;
  /** Path in its repository, which tells the format and is named in messages. */
  readonly name: string;
}

export interface MergeOptions {
  /** File that is written. */
  readonly path: string;
  /** Columns that are kept. */
  readonly columns: readonly string[];
  /** Those that may hold numbers, which become their decimal digits. */
  readonly numeric: readonly string[];
  /** Of every shard; auto: what its name says. */
  readonly format: RowFormat | 'auto';
  readonly signal: AbortSignal | undefined;
}

/**
 * Writes the rows of all shards in order. The same shards and columns give the same bytes.
 *
 * @throws RowsError as `readRows` does, naming the shard
 */
export async function mergeShards(shards: readonly Shard[], { path, signal, ...options }: MergeOptions): Promise<void> {
  await pipeline(lines(shards, options), createWriteStream(path), { ...(signal && { signal }) });
}

async function* lines(
  shards: readonly Shard[],
  { columns, numeric, format }: Omit<MergeOptions, 'path' | 'signal'>,
): AsyncGenerator<string> {
  for (const { path, name } of shards) {
    const options = { columns, numeric, limit: null, name };
    for await (const row of readRows(path, { ...options, format: format === 'auto' ? detectFormat(name) : format }))
      yield `${JSON.stringify(row)}\n`;
  }
}
