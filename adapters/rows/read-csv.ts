/** Reads CSV with a header line; the delimiter is a comma, semicolon or tab, whichever the header has most of. */
import { pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { type RawRow, requireColumns, type RowSource } from './row-source.ts';
import { RowsError } from './rows-error.ts';
import { prepended, utf8Text } from './utf8-text.ts';

/** Bytes. A longer record is a quote that was never closed, and would fill the memory. */
const LONGEST_RECORD = 16 << 20;

/** In our own words: the parser's quote the field, which may hold a secret, and so does its error. */
const FAULTS: Readonly<Record<string, string>> = {
  CSV_RECORD_INCONSISTENT_FIELDS_LENGTH: ' (it has another number of fields)',
  CSV_INVALID_CLOSING_QUOTE: ' (something stands behind a closing quote)',
  INVALID_OPENING_QUOTE: ' (a quote stands within a field that has none around it)',
  CSV_QUOTE_NOT_CLOSED: ' (a quote is never closed)',
  CSV_MAX_RECORD_SIZE: ` (it is longer than ${LONGEST_RECORD} bytes)`,
};

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
      `${source.name}: ${place} is not well-formed CSV${FAULTS[error.code] ?? ''}. Every record needs as many fields as ` +
        'the header, and a field with a delimiter, quote or line break stands in quotes, its own quotes doubled',
    );
  }
}

async function* records(source: RowSource): AsyncGenerator<ParsedRecord> {
  const text = utf8Text(source);
  const start = await text.next();
  if (start.done === true) return;
  const [header = ''] = start.value.trimStart().split('\n', 1);
  if (/\r./.test(unquoted(header)))
    throw new RowsError(
      'unreadable',
      `${source.name}: its lines end with CR alone, as on old Macintoshes: convert it, e.g. tr '\\r' '\\n'`,
    );
  const parser = parse({
    delimiter: sniffDelimiter(header),
    record_delimiter: ['\r\n', '\n'],
    skip_empty_lines: true,
    max_record_size: LONGEST_RECORD,
    info: true,
  });
  // An error of the file destroys the parser with it, so the caller's loop throws it.
  const whole = prepended(start.value, text);
  pipeline(source.checked ? withoutLastCr(whole) : whole, parser, () => undefined);
  yield* parser as AsyncIterable<ParsedRecord>;
}

/** A file may end within CRLF, where its last character was cut off. */
async function* withoutLastCr(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let held = '';
  for await (const piece of pieces) {
    const text = held + piece;
    held = text.endsWith('\r') ? '\r' : '';
    yield held === '' ? text : text.slice(0, -1);
  }
}

function sniffDelimiter(header: string): string {
  const count = (delimiter: string): number => unquoted(header).split(delimiter).length;
  return [',', ';', '\t'].reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}

function unquoted(header: string): string {
  return header.replace(/"[^"]*"/g, '');
}
