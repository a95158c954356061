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
  /** False: as before texts were checked, when of two columns of one name a format's reader took either. */
  readonly checked: boolean;
}

export interface RawRow {
  readonly values: Readonly<Record<string, unknown>>;
  /** "row 12" or "line 12", counted from 1. */
  readonly where: string;
}

export type RowReader = (source: RowSource) => AsyncIterable<RawRow>;

/** @throws RowsError `missing-column` or `repeated-column` unless each of the source's columns is among `existing` once */
export function requireColumns(source: RowSource, existing: readonly string[]): void {
  const { name, section, columns, checked } = source;
  const missing = columns.filter((column) => !existing.includes(column));
  if (missing.length === 0) {
    const repeated = columns.find((column) => existing.indexOf(column) !== existing.lastIndexOf(column));
    if (checked && repeated !== undefined) throw repeatedColumn(name, repeated);
    return;
  }
  throw new RowsError(
    'missing-column',
    `${name} has no column ${quoteNames(missing, (column) => `"${quoteText(column)}"`)}. ` +
      `Set the fields of ${section}.columns to some of: ${quoteNames(existing)}`,
  );
}

/** @param place the file, or the line in it */
export function repeatedColumn(place: string, column: string): RowsError {
  return new RowsError(
    'repeated-column',
    `${place} has the column "${quoteText(column)}" twice, and which one is meant can't be known: rename or remove one`,
  );
}
