/** adapters/rows: one definition of a valid text and of a column for all formats, and what a file that is none is called. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { RowFormat } from '../../adapters/rows/detect-format.ts';
import { readPlacedRows, readRows, type ReadRowsOptions } from '../../adapters/rows/read-rows.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rows-valid-'));
});
after(() => rm(folder, { recursive: true }));

async function read(
  format: RowFormat,
  content: string | Uint8Array,
  options: Partial<ReadRowsOptions> = {},
): Promise<Record<string, string>[]> {
  const path = join(folder, `rows.${format}`);
  await writeFile(path, content);
  const rows: Record<string, string>[] = [];
  for await (const row of readRows(path, { format, columns: ['query'], limit: null, ...options })) rows.push(row);
  return rows;
}

function parquetOf(columns: Readonly<Record<string, readonly (string | Uint8Array)[]>>): Uint8Array {
  const columnData = Object.entries(columns).map(([name, data]) => ({
    name,
    data: [...data],
    type: 'BYTE_ARRAY' as const,
  }));
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

describe('a text that nothing after the reader could read is refused with its place', () => {
  test('half of a surrogate pair, which only JSON can spell', async () => {
    await assert.rejects(read('jsonl', '{"query": "a"}\n{"query": "Un mot \\ud83d et"}\n'), {
      code: 'invalid-text',
      message: /rows\.jsonl, line 2: column "query", character 8 is half of a surrogate pair/,
    });
    assert.deepEqual(await read('jsonl', '{"query": "\\ud83d\\ude00"}'), [{ query: '😀' }]);
  });

  test('a NUL, in every format', async () => {
    const files = [
      ['jsonl', '{"query": "a\\u0000"}\n', 'line 1'],
      ['csv', 'query\nx\na\0\n', 'line 3'],
      ['parquet', parquetOf({ query: ['a\0'] }), 'row 1'],
    ] as const;
    for (const [format, content, place] of files)
      await assert.rejects(read(format, content), {
        code: 'invalid-text',
        message: new RegExp(`rows\\.${format}, ${place}: column "query", character 2 is a NUL`),
      });
  });

  test('bytes of parquet that are not UTF-8, in every encoding of a page', async () => {
    const latin = Buffer.from('pr\u00e9avis', 'latin1');
    for (const data of [
      ['a', latin],
      // Repetitions make a dictionary page.
      [...Array.from({ length: 50 }, () => 'a'), ...Array.from({ length: 50 }, () => latin)],
    ])
      await assert.rejects(read('parquet', parquetOf({ query: data })), {
        code: 'invalid-text',
        message: new RegExp(`row ${data.indexOf(latin) + 1}: column "query" is not UTF-8`),
      });
  });

  test('only where it is read: another column, or a row behind the limit, may hold anything', async () => {
    const rows = '{"query": "a", "other": "\\ud83d"}\n{"query": "\\ud83d"}\n';
    assert.deepEqual(await read('jsonl', rows, { limit: 1 }), [{ query: 'a' }]);
  });

  test('and passes where an audit reads as the first version did', async () => {
    const first = { checked: false };
    assert.deepEqual(await read('jsonl', '{"query": "\\ud83d"}', first), [{ query: '\ud83d' }]);
    const latin = Buffer.from('pr\u00e9avis', 'latin1');
    assert.deepEqual(await read('parquet', parquetOf({ query: [latin] }), first), [{ query: 'pr\ufffdavis' }]);
    assert.deepEqual(await read('csv', 'a,query\n1,Q2\r', first), [{ query: 'Q2\r' }]);
  });
});

describe('a column whose name stands twice', () => {
  const repeated = { code: 'repeated-column', message: /has the column "query" twice/ };

  test('is refused in every format', async () => {
    await assert.rejects(read('csv', 'query,input,query\na,b,c\n'), repeated);
    await assert.rejects(read('jsonl', '{"query": "a", "query": "b"}\n'), repeated);
    await assert.rejects(read('jsonl', '{"query": "a"}\n{"query": "b", "input": "c", "query": "d"}\n'), {
      ...repeated,
      message: /rows\.jsonl, line 2 has the column "query" twice/,
    });
    const columnData = ['a', 'b'].map((text) => ({ name: 'query', data: [text], type: 'STRING' as const }));
    await assert.rejects(read('parquet', new Uint8Array(parquetWriteBuffer({ columnData }))), repeated);
  });

  test('may stand twice where nobody reads it, and as a value', async () => {
    assert.deepEqual(await read('csv', 'x,query,x\na,b,c\n'), [{ query: 'b' }]);
    assert.deepEqual(await read('jsonl', '{"query": "query", "x": 1, "x": "query"}\n'), [{ query: 'query' }]);
  });
});

describe('files as they are found', () => {
  test('a CSV that was cut within its last CRLF has no carriage return in its last field', async () => {
    assert.deepEqual(await read('csv', 'input,query\r\n1,Q1\r\n2,Q2\r'), [{ query: 'Q1' }, { query: 'Q2' }]);
  });

  test('a Git LFS pointer is called by its name, whatever the format', async () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`;
    for (const format of ['jsonl', 'csv', 'parquet'] as const)
      await assert.rejects(read(format, pointer), {
        code: 'unreadable',
        message: /is a Git LFS pointer.*git lfs pull/,
      });
  });

  test('text that gzip has packed is unpacked; a torn package is refused', async () => {
    const rows = Array.from({ length: 5_000 }, (_, row) => ({ query: `Question ${row}` }));
    const packed = gzipSync(rows.map((row) => JSON.stringify(row)).join('\n'));
    assert.deepEqual(await read('jsonl', packed), rows);
    assert.deepEqual(await read('csv', gzipSync('query\na\n')), [{ query: 'a' }]);
    await assert.rejects(read('jsonl', packed.subarray(0, -20)), { code: 'unreadable', message: /unpacked by gzip/ });
  });

  test('a JSON array gives its objects, however it is laid out', async () => {
    const rows = Array.from({ length: 3_000 }, (_, row) => ({
      query: `[a], {"b"} \\" ${row}`,
      more: { list: [1, [2]] },
    }));
    const expected = rows.map(({ query }) => ({ query }));
    for (const indent of [0, 2])
      assert.deepEqual(await read('jsonl', ` \n${JSON.stringify(rows, null, indent)}\n`), expected);
    const path = join(folder, 'rows.jsonl');
    const placed = readPlacedRows(path, { format: 'jsonl', columns: ['query'], limit: 1 });
    for await (const { where } of placed) assert.equal(where, 'row 1');
  });

  test('a JSON array that is torn, followed by more, or of something else than objects is refused', async () => {
    for (const [content, message] of [
      ['[{"query": "a"}, {"query": "b"', /ends within its JSON array/],
      ['[{"query": "a"}] [{"query": "b"}]', /something behind the end/],
      ['[{"query": "a"}, 5]', /row 2 is JSON but no object/],
      ['[{"query": "a"},, {"query": "b"}]', /row 2 is not JSON/],
      ['["query"]', /row 1 is JSON but no object/],
      ['[]', /has no rows/],
    ] as const)
      await assert.rejects(read('jsonl', content), { name: 'RowsError', message });
  });
});
