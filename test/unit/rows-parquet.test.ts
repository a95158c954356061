/** adapters/rows on parquet: rows, columns, limits, and what is said about files that are not what they should be. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { type BasicType, parquetWriteBuffer } from 'hyparquet-writer';
import { readRows } from '../../adapters/rows/read-rows.ts';

async function collect(rows: AsyncIterable<Record<string, string>>): Promise<Record<string, string>[]> {
  return (await Readable.from(rows).toArray()) as Record<string, string>[];
}

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rows-parquet-'));
});
after(() => rm(folder, { recursive: true }));

interface Column {
  readonly name: string;
  readonly data: unknown[];
  readonly type: BasicType;
}

async function writeParquet(name: string, columnData: Column[], rowGroupSize = 1000): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize })));
  return path;
}

function readParquet(path: string, columns: string[], limit: number | null = null) {
  return collect(readRows(path, { format: 'parquet', columns, limit }));
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `n° ${index}`);

describe('reading parquet', () => {
  test('yields the named columns only, across row groups, in order', async () => {
    const path = await writeParquet(
      'groups.parquet',
      [
        { name: 'query', data: numbered(25), type: 'STRING' },
        { name: 'output', data: numbered(25).map((text) => `réponse ${text}`), type: 'STRING' },
        { name: 'num', data: numbered(25), type: 'STRING' },
      ],
      10,
    );
    const rows = await readParquet(path, ['output', 'query', 'output']);
    assert.equal(rows.length, 25);
    assert.deepEqual(rows[24], { output: 'réponse n° 24', query: 'n° 24' });
  });

  test('stops at the limit, inside a row group', async () => {
    const path = await writeParquet('limit.parquet', [{ name: 'query', data: numbered(25), type: 'STRING' }], 10);
    const rows = await readParquet(path, ['query'], 13);
    assert.deepEqual(
      rows.map((row) => row['query']),
      numbered(13),
    );
  });

  test('reads null as an empty string', async () => {
    const path = await writeParquet('null.parquet', [{ name: 'query', data: ['a', null, 'c'], type: 'STRING' }]);
    assert.deepEqual(await readParquet(path, ['query']), [{ query: 'a' }, { query: '' }, { query: 'c' }]);
  });

  test('names the missing column and the ones that exist', async () => {
    const path = await writeParquet('columns.parquet', [
      { name: 'question', data: ['a'], type: 'STRING' },
      { name: 'answer', data: ['b'], type: 'STRING' },
    ]);
    await assert.rejects(readParquet(path, ['query', 'answer']), {
      name: 'RowsError',
      code: 'missing-column',
      message: /columns\.parquet has no column "query"\. Set the fields of data\.columns to some of: question, answer/,
    });
  });

  test('names row, column and type of a value that is no text', async () => {
    const path = await writeParquet('number.parquet', [{ name: 'num', data: [null, 7], type: 'INT32' }]);
    await assert.rejects(readParquet(path, ['num']), {
      code: 'wrong-type',
      message: /number\.parquet, row 2: column "num" holds a number, but text is needed/,
    });
  });

  test('reads whole and other numbers as their digits where a column may hold them', async () => {
    const path = await writeParquet('grades.parquet', [
      { name: 'grade', data: [3n, 0n], type: 'INT64' },
      { name: 'weight', data: [2, 0.5], type: 'DOUBLE' },
    ]);
    const columns = ['grade', 'weight'];
    assert.deepEqual(await collect(readRows(path, { format: 'parquet', columns, numeric: columns, limit: null })), [
      { grade: '3', weight: '2' },
      { grade: '0', weight: '0.5' },
    ]);
  });

  test('says that a file with a header and no rows is empty, and so is one of no bytes', async () => {
    const noRows = await writeParquet('no-rows.parquet', [{ name: 'query', data: [], type: 'STRING' }]);
    const noBytes = join(folder, 'no-bytes.parquet');
    await writeFile(noBytes, '');
    await assert.rejects(readParquet(noRows, ['query']), { code: 'empty' });
    await assert.rejects(readParquet(noBytes, ['query']), { code: 'empty' });
  });

  test('says that a cut-off file is unreadable', async () => {
    const whole = await writeParquet('whole.parquet', [{ name: 'query', data: numbered(500), type: 'STRING' }]);
    const bytes = await readFile(whole);
    const path = join(folder, 'cut.parquet');
    for (const length of [3, 100, bytes.length - 1]) {
      await writeFile(path, bytes.subarray(0, length));
      await assert.rejects(
        readParquet(path, ['query']),
        { code: 'unreadable', message: /cut\.parquet can't be read as parquet/ },
        `${length} bytes`,
      );
    }
  });

  test('says that damaged pages are unreadable', async () => {
    const path = await writeParquet('damaged.parquet', [{ name: 'query', data: numbered(500), type: 'STRING' }]);
    const bytes = await readFile(path);
    bytes.fill(0xff, 4, 60);
    await writeFile(path, bytes);
    await assert.rejects(readParquet(path, ['query']), { code: 'unreadable' });
  });

  test('says that CSV named as parquet is unreadable, and calls it by the name that was given', async () => {
    const path = join(folder, 'downloaded');
    await writeFile(path, 'query,output\na,b\n');
    const rows = readRows(path, { format: 'parquet', columns: ['query'], limit: null, name: 's3://data/rows.parquet' });
    await assert.rejects(collect(rows), {
      code: 'unreadable',
      message: /^s3:\/\/data\/rows\.parquet can't be read as parquet .*set data\.format$/,
    });
  });

  test("passes the operating system's errors through", async () => {
    await assert.rejects(readParquet(join(folder, 'nowhere.parquet'), ['query']), { code: 'ENOENT' });
  });
});
