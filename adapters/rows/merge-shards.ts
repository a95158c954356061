/** Several files of one table become one: a run reads a file, and names it by its digest. */
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { detectFormat, type RowFormat } from './detect-format.ts';
import { readRows } from './read-rows.ts';
import { RowsError } from './rows-error.ts';

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
  /** Kept too where the first shard has them. */
  readonly optional: readonly string[];
  /** Those that may hold numbers, which become their decimal digits. */
  readonly numeric: readonly string[];
  /** Of the input, which messages name: `data`, `gate.guards.civil.data`. */
  readonly section: string;
  /** Of every shard; auto: what its name says. */
  readonly format: RowFormat | 'auto';
  readonly signal: AbortSignal | undefined;
}

/**
 * Writes the rows of all shards in order. The same shards and columns give the same bytes.
 *
 * @throws RowsError as `readRows` does, naming the shard
 */
export async function mergeShards(shards: readonly Shard[], options: MergeOptions): Promise<void> {
  const { path, signal } = options;
  const columns = [...options.columns, ...(await existing(shards, options))];
  await pipeline(lines(shards, { ...options, columns }), createWriteStream(path), { ...(signal && { signal }) });
}

async function existing([first]: readonly Shard[], { optional, format, section }: MergeOptions): Promise<string[]> {
  const found: string[] = [];
  for (const column of first ? optional : []) {
    const { path, name } = first!;
    const rows = readRows(path, {
      columns: [column],
      limit: 1,
      name,
      section,
      format: formatOfShard(name, format, section),
    });
    const isThere = rows.next().then(
      () => true,
      (error: unknown) => {
        if (error instanceof RowsError && error.code === 'missing-column') return false;
        throw error;
      },
    );
    if (await isThere) found.push(column);
    await rows.return(undefined);
  }
  return found;
}

async function* lines(
  shards: readonly Shard[],
  { columns, numeric, format, section }: Pick<MergeOptions, 'columns' | 'numeric' | 'format' | 'section'>,
): AsyncGenerator<string> {
  for (const { path, name } of shards) {
    const options = { columns, numeric, limit: null, name, section, format: formatOfShard(name, format, section) };
    for await (const row of readRows(path, options)) yield `${JSON.stringify(row)}\n`;
  }
}

function formatOfShard(name: string, format: MergeOptions['format'], section: string): RowFormat {
  return format === 'auto' ? detectFormat(name, section) : format;
}
