/** Reads the named columns of a local parquet, JSON or CSV file as text, row by row, in bounded memory. */
import { quoteText } from '../../contracts/quote.ts';
import type { RowFormat } from './detect-format.ts';
import { refusePointer } from './lfs-pointer.ts';
import { readCsv } from './read-csv.ts';
import { readJsonLines } from './read-json-lines.ts';
import { readParquet } from './read-parquet.ts';
import type { RowReader } from './row-source.ts';
import { RowsError } from './rows-error.ts';
import { NOT_UTF8, notUtf8, requireValidText } from './valid-text.ts';

const READERS: Readonly<Record<RowFormat, RowReader>> = {
  parquet: readParquet,
  jsonl: readJsonLines,
  csv: readCsv,
};

export interface ReadRowsOptions {
  readonly format: RowFormat;
  /** Columns to read; a repeated name counts once. */
  readonly columns: readonly string[];
  /**
   * Those that may hold numbers, which become their decimal digits.
   *
   * @default []
   */
  readonly numeric?: readonly string[];
  /** Stop after n rows; null reads all. */
  readonly limit: number | null;
  /**
   * What messages call the file, such as the URL that it was downloaded from.
   *
   * @default path
   */
  readonly name?: string;
  /**
   * Section of the input that describes the file, for messages.
   *
   * @default "data"
   */
  readonly section?: string;
  /**
   * False reads as the first version of the steps did, for their audits: invalid texts pass, a column that exists twice
   * is either of them, and a file that ends with CR alone keeps it.
   *
   * @default true
   */
  readonly checked?: boolean;
}

export interface PlacedRow {
  /** By the names of the columns. */
  readonly values: Record<string, string>;
  /** "row 12" or "line 12", counted from 1. */
  readonly where: string;
}

/**
 * Yields one object for each row, with exactly the named columns; null and absent values become ''.
 *
 * @throws RowsError of any code but `unknown-format`. The operating system's errors pass through as they are.
 */
export async function* readRows(path: string, options: ReadRowsOptions): AsyncGenerator<Record<string, string>> {
  for await (const { values } of readPlacedRows(path, options)) yield values;
}

/** As {@link readRows}, with the place of each row in the file. */
export async function* readPlacedRows(path: string, options: ReadRowsOptions): AsyncGenerator<PlacedRow> {
  const { format, limit, numeric = [], name = path, section = 'data', checked = true } = options;
  const columns = [...new Set(options.columns)];
  await refusePointer(path, name);
  let count = 0;
  for await (const { values, where } of READERS[format]({ path, name, section, columns, checked })) {
    const entries = columns.map((column) => {
      const place = (): string => `${name}, ${where}: column "${quoteText(column)}"`;
      const value = values[column];
      if (value === NOT_UTF8) throw notUtf8(place());
      const text = asText(value, numeric.includes(column));
      if (text === null) throw wrongType(place(), value, section);
      if (checked) requireValidText(text, place);
      return [column, text];
    });
    yield { values: Object.fromEntries(entries) as Record<string, string>, where };
    count += 1;
    if (count === limit) return;
  }
  if (count === 0) throw new RowsError('empty', `${name} has no rows: set ${section}.source to a file that has some`);
}

/** Null where the value is no text and can't become one. */
function asText(value: unknown, mayBeNumber: boolean): string | null {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  return mayBeNumber && (typeof value === 'number' || typeof value === 'bigint') ? String(value) : null;
}

function wrongType(place: string, value: unknown, section: string): RowsError {
  const type = Array.isArray(value) ? 'list' : typeof value;
  return new RowsError(
    'wrong-type',
    `${place} holds a ${type}, but text is needed: ` +
      `convert the column to strings, or name another one in ${section}.columns`,
  );
}
