/** Reads the named columns of a local parquet, JSON Lines or CSV file as text, row by row, in bounded memory. */
import type { RowFormat } from './detect-format.ts';
import { readCsv } from './read-csv.ts';
import { readJsonLines } from './read-json-lines.ts';
import { readParquet } from './read-parquet.ts';
import type { RowReader } from './row-source.ts';
import { RowsError } from './rows-error.ts';

const READERS: Readonly<Record<RowFormat, RowReader>> = {
  parquet: readParquet,
  jsonl: readJsonLines,
  csv: readCsv,
};

export interface ReadRowsOptions {
  readonly format: RowFormat;
  /** Columns to read; a repeated name counts once. */
  readonly columns: readonly string[];
  /** Stop after n rows; null reads all. */
  readonly limit: number | null;
  /**
   * What messages call the file, such as the URL that it was downloaded from.
   *
   * @default path
   */
  readonly name?: string;
}

/**
 * Yields one object for each row, with exactly the named columns; null and absent values become ''.
 *
 * @throws RowsError of any code but `unknown-format`. The operating system's errors pass through as they are.
 */
export async function* readRows(path: string, options: ReadRowsOptions): AsyncGenerator<Record<string, string>> {
  const { format, limit, name = path } = options;
  const columns = [...new Set(options.columns)];
  let count = 0;
  for await (const { values, where } of READERS[format]({ path, name, columns })) {
    yield Object.fromEntries(columns.map((column) => [column, asText(values[column], `${name}, ${where}`, column)]));
    count += 1;
    if (count === limit) return;
  }
  if (count === 0) throw new RowsError('empty', `${name} has no rows: set data.source to a file that has some`);
}

function asText(value: unknown, place: string, column: string): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  const type = Array.isArray(value) ? 'list' : typeof value;
  throw new RowsError(
    'wrong-type',
    `${place}: column "${column}" holds a ${type}, but text is needed: ` +
      'convert the column to strings, or name another one in data.columns',
  );
}
