/** What a format's reader is given, what it yields, and the check of columns that all readers share. */
import { quoteNames, quoteText } from '../../contracts/quote.ts';
import { RowsError } from './rows-error.ts';

export interface RowSource {
  /** Local file. */
  readonly path: string;
  /** What messages call the file. */
  readonly name: string;
  /** Section of the input that describes it, for messages: `data`. */
  readonly section: string;
  /** The columns to read, each once. */
  readonly columns: readonly string[];
}

export interface RawRow {
  readonly values: Readonly<Record<string, unknown>>;
  /** "row 12" or "line 12", counted from 1. */
  readonly where: string;
}

export type RowReader = (source: RowSource) => AsyncIterable<RawRow>;

/** @throws RowsError `missing-column` unless all of the source's columns are among `existing` */
export function requireColumns({ name, section, columns }: RowSource, existing: readonly string[]): void {
  const missing = columns.filter((column) => !existing.includes(column));
  if (missing.length === 0) return;
  throw new RowsError(
    'missing-column',
    `${name} has no column ${quoteNames(missing, (column) => `"${quoteText(column)}"`)}. ` +
      `Set the fields of ${section}.columns to some of: ${quoteNames(existing)}`,
  );
}
