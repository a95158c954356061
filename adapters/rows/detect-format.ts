/** A data file's format by its name. */
import { RowsError } from './rows-error.ts';

export type RowFormat = 'parquet' | 'jsonl' | 'csv';

const FORMATS: ReadonlyMap<string, RowFormat> = new Map([
  ['parquet', 'parquet'],
  ['pq', 'parquet'],
  ['jsonl', 'jsonl'],
  ['ndjson', 'jsonl'],
  ['csv', 'csv'],
  ['tsv', 'csv'],
]);

/**
 * @param fileName a path, key or bare name; only what follows the last full stop counts, in any case
 * @param section of the input that describes the file, for messages: `data`
 * @throws RowsError `unknown-format`
 */
export function detectFormat(fileName: string, section = 'data'): RowFormat {
  const extension = /\.([^./]+)$/.exec(fileName)?.[1] ?? '';
  const format = FORMATS.get(extension.toLowerCase());
  if (format === undefined) {
    throw new RowsError(
      'unknown-format',
      `${fileName}: the name does not tell the format. Set ${section}.format to parquet, jsonl or csv, ` +
        `or use a name that ends in .${[...FORMATS.keys()].join(', .')}; compressed files must be unpacked first`,
    );
  }
  return format;
}
