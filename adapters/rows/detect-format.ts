/** A data file's format by its name. */
import { RowsError } from './rows-error.ts';

export type RowFormat = 'parquet' | 'jsonl' | 'csv';

const FORMATS: ReadonlyMap<string, RowFormat> = new Map([
  ['parquet', 'parquet'],
  ['pq', 'parquet'],
  ['jsonl', 'jsonl'],
  ['ndjson', 'jsonl'],
  ['json', 'jsonl'],
  ['csv', 'csv'],
  ['tsv', 'csv'],
]);

/** Text formats may be packed: `rows.jsonl.gz`. Parquet packs itself. */
const PACKED = /\.gz$/i;

/** Null where the name tells none. */
export function formatOf(fileName: string): RowFormat | null {
  const [, extension = ''] = /\.([^./]+)$/.exec(fileName.replace(PACKED, '')) ?? [];
  const format = FORMATS.get(extension.toLowerCase()) ?? null;
  return format === 'parquet' && PACKED.test(fileName) ? null : format;
}

/**
 * @param fileName a path, key or bare name; only what follows the last full stop counts, in any case, `.gz` aside
 * @param section of the input that describes the file, for messages: `data`
 * @throws RowsError `unknown-format`
 */
export function detectFormat(fileName: string, section = 'data'): RowFormat {
  const format = formatOf(fileName);
  if (format === null) {
    throw new RowsError(
      'unknown-format',
      `${fileName}: the name does not tell the format. Set ${section}.format to parquet, jsonl or csv, ` +
        `or use a name that ends in .${[...FORMATS.keys()].join(', .')}; text may be packed as .gz, by nothing else`,
    );
  }
  return format;
}
