/** Writes rows as parquet, byte for byte the same for the same rows, and as JSON Lines. */
import { writeFile } from 'node:fs/promises';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { COLUMNS, type LegalRow } from './row.ts';

/** Rows a row group: a reader holds one at a time in memory. */
const ROW_GROUP = 2000;

/** @returns the parquet file's bytes: string columns without nulls, snappy, no statistics */
export function parquetBytes(rows: readonly LegalRow[]): Uint8Array {
  const columnData = COLUMNS.map((name) => ({
    name,
    data: rows.map((row) => row[name]),
    type: 'STRING' as const,
    nullable: false,
  }));
  return new Uint8Array(
    parquetWriteBuffer({
      columnData,
      codec: 'SNAPPY',
      rowGroupSize: ROW_GROUP,
      statistics: false,
      createdBy: 'veille',
    }),
  );
}

/** One JSON object a line, keys in the columns' order. */
export async function writeJsonLines(path: string, rows: readonly LegalRow[]): Promise<void> {
  const lines = rows.map((row) => JSON.stringify(Object.fromEntries(COLUMNS.map((name) => [name, row[name]]))));
  await writeFile(path, `${lines.join('\n')}\n`);
}
