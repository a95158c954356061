/** adapters/rows on parquet as pyarrow and pandas write it: the codecs and encodings of the data sets in the wild. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { readRows } from '../../adapters/rows/read-rows.ts';

const PYTHON = resolve('trainer/.venv/bin/python');

const WRITE_FILES = `
import sys, pandas as pd, pyarrow as pa, pyarrow.parquet as pq
texts = ['é' * (i % 7) + str(i) for i in range(1000)]
kinds = [None if i % 5 == 0 else f'kind {i % 3}' for i in range(1000)]
table = pa.table({'query': texts, 'kind': kinds, 'n': list(range(1000))})
for codec in ('none', 'snappy', 'gzip', 'brotli', 'zstd', 'lz4'):
    pq.write_table(table, f'{sys.argv[1]}/{codec}.parquet', compression=codec, row_group_size=300)
pq.write_table(table, f'{sys.argv[1]}/plain.parquet', use_dictionary=False, data_page_version='2.0')
large = table.set_column(0, 'query', table['query'].cast(pa.large_string()))
pq.write_table(large, f'{sys.argv[1]}/large-string.parquet')
categories = table.set_column(1, 'kind', table['kind'].dictionary_encode())
pq.write_table(categories, f'{sys.argv[1]}/dictionary.parquet')
table.to_pandas().set_index('n').to_parquet(f'{sys.argv[1]}/pandas.parquet')
`;

async function collect(rows: AsyncIterable<Record<string, string>>): Promise<Record<string, string>[]> {
  return (await Readable.from(rows).toArray()) as Record<string, string>[];
}

describe('reading what pyarrow wrote', { skip: !existsSync(PYTHON) && `${PYTHON} is missing` }, () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rows-pyarrow-'));
    await promisify(execFile)(PYTHON, ['-c', WRITE_FILES, folder]);
  });
  after(() => rm(folder, { recursive: true }));

  const files = ['none', 'snappy', 'gzip', 'brotli', 'zstd', 'lz4', 'plain', 'large-string', 'dictionary', 'pandas'];
  for (const name of files) {
    test(`reads every row of ${name}.parquet`, async () => {
      const rows = await collect(
        readRows(join(folder, `${name}.parquet`), { format: 'parquet', columns: ['query', 'kind'], limit: null }),
      );
      const expected = Array.from({ length: 1000 }, (_, i) => ({
        query: 'é'.repeat(i % 7) + String(i),
        kind: i % 5 === 0 ? '' : `kind ${i % 3}`,
      }));
      assert.deepEqual(rows, expected);
    });
  }

  test('says that an int64 column holds no text', async () => {
    const rows = readRows(join(folder, 'snappy.parquet'), { format: 'parquet', columns: ['n'], limit: null });
    await assert.rejects(collect(rows), { code: 'wrong-type', message: /row 1: column "n" holds a bigint/ });
  });
});
