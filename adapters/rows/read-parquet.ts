/** Reads a parquet file one row group at a time: only the named columns of one group are in memory. */
import {
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { quoteText } from '../../contracts/quote.ts';
import { type RawRow, requireColumns, type RowSource } from './row-source.ts';
import { RowsError } from './rows-error.ts';
import { NOT_UTF8 } from './valid-text.ts';

/** Characters of what the decoder says: it may quote the file. */
const LONGEST_REASON = 120;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Any bytes can stand in a text column; the library would read other encodings as U+FFFD. */
function stringFromBytes(bytes: Uint8Array | undefined): unknown {
  try {
    return bytes && utf8.decode(bytes);
  } catch {
    return NOT_UTF8;
  }
}

export async function* readParquet(source: RowSource): AsyncGenerator<RawRow> {
  const file = await asyncBufferFromFile(source.path);
  if (file.byteLength === 0) return;
  const metadata = await decode(source, () => parquetMetadataAsync(file));
  requireColumns(source, columnNames(metadata));
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const parsers = source.checked ? { stringFromBytes } : {};
    const range = { file, metadata, columns: [...source.columns], rowStart, rowEnd, compressors, parsers };
    const rows: Record<string, unknown>[] = await decode(source, () => parquetReadObjects(range));
    for (const [index, values] of rows.entries()) yield { values, where: `row ${rowStart + index + 1}` };
    rowStart = rowEnd;
  }
}

function columnNames(metadata: FileMetaData): string[] {
  return parquetSchema(metadata).children.map(({ element }) => element.name);
}

/** Errors of the decoder mean bad bytes; those of the file system pass. */
async function decode<T>({ name, section }: RowSource, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof Error) || 'syscall' in error) throw error;
    throw new RowsError(
      'unreadable',
      `${name} can't be read as parquet (${quoteText(error.message, LONGEST_REASON)}). ` +
        `If it was cut off, copy it again; if it is another format, set ${section}.format`,
    );
  }
}
