/** Reads CSV with a header line; the delimiter is a comma, semicolon or tab, whichever the header has most of. */
import { pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { type RawRow, requireColumns, type RowSource } from './row-source.ts';
import { RowsError } from './rows-error.ts';
import { utf8Text } from './utf8-text.ts';

/** Bytes. A longer record is a quote that was never closed, and would fill the memory. */
const LONGEST_RECORD = 16 << 20;

interface ParsedRecord {
  readonly record: readonly string[];
  /** `lines` is the number of the record's last line. */
  readonly info: { readonly lines: number };
}

export async function* readCsv(source: RowSource): AsyncGenerator<RawRow> {
  let header: readonly string[] | null = null;
  try {
    for await (const { record, info } of records(source)) {
      if (header === null) {
        header = record;
        requireColumns(source, header);
        continue;
      }
      const values = Object.fromEntries(header.map((column, index) => [column, record[index]]));
      yield { values, where: `line ${info.lines}` };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // csv-parse counts whole records; of an unclosed quote it tells only the line where the file ended.
    const place = `record ${Number(error['records']) + 1}, the header counted,`;
    throw new RowsError(
      'unreadable',
      `${source.name}: ${place} is not well-formed CSV (${error.message}). Every record needs as many fields as the ` +
        'header, and a field with a delimiter, quote or line break stands in quotes, its own quotes doubled',
      { cause: error },
    );
  }
}

async function* records(source: RowSource): AsyncGenerator<ParsedRecord> {
  const text = utf8Text(source);
  const start = await text.next();
  if (start.done === true) return;
  const parser = parse({
    delimiter: sniffDelimiter(start.value),
    record_delimiter: ['\r\n', '\n'],
    skip_empty_lines: true,
    max_record_size: LONGEST_RECORD,
    info: true,
  });
  // An error of the file destroys the parser with it, so the caller's loop throws it.
  pipeline(prepend(start.value, text), parser, () => undefined);
  yield* parser as AsyncIterable<ParsedRecord>;
}

async function* prepend(start: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield start;
  yield* rest;
}

function sniffDelimiter(text: string): string {
  const header = text.trimStart().split('\n', 1)[0] ?? '';
  const unquoted = header.replace(/"[^"]*"/g, '');
  const count = (delimiter: string): number => unquoted.split(delimiter).length;
  return [',', ';', '\t'].reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}
