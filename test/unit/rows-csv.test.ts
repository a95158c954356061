/** adapters/rows on CSV, as programs and spreadsheets write it. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { readRows } from '../../adapters/rows/read-rows.ts';

async function collect(rows: AsyncIterable<Record<string, string>>): Promise<Record<string, string>[]> {
  return (await Readable.from(rows).toArray()) as Record<string, string>[];
}

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rows-csv-'));
});
after(() => rm(folder, { recursive: true }));

async function readCsv(content: string | Uint8Array, columns = ['query', 'output'], limit: number | null = null) {
  const path = join(folder, 'rows.csv');
  await writeFile(path, content);
  return collect(readRows(path, { format: 'csv', columns, limit }));
}

describe('reading CSV', () => {
  test('copes with a byte order mark, CRLF, blank lines and quoted line breaks, commas and quotes', async () => {
    const rows = await readCsv('\uFEFFid,query,output\r\n1,"Qui, et ""quoi"" ?","un\r\ndeux"\r\n\r\n2,b,\r\n3,"",d');
    assert.deepEqual(rows, [
      { query: 'Qui, et "quoi" ?', output: 'un\r\ndeux' },
      { query: 'b', output: '' },
      { query: '', output: 'd' },
    ]);
  });

  test('takes semicolons and tabs from the header, and leaves commas in the text alone', async () => {
    const expected = [{ query: 'a, b', output: 'c' }];
    assert.deepEqual(await readCsv('query;output;"x,y,z,t"\na, b;c;d\n'), expected);
    assert.deepEqual(await readCsv('query\toutput\na, b\tc\n'), expected);
  });

  test('reads numbers as the text that they are', async () => {
    assert.deepEqual(await readCsv('query,output\n007,true\n'), [{ query: '007', output: 'true' }]);
  });

  test('stops at the limit', async () => {
    assert.deepEqual(await readCsv('query\na\nb\nc\n', ['query'], 2), [{ query: 'a' }, { query: 'b' }]);
  });

  test('reads a field longer than one piece of the file', async () => {
    const long = 'é,'.repeat(100_000);
    assert.deepEqual(await readCsv(`query,output\na,"${long}"\n`), [{ query: 'a', output: long }]);
  });

  test('names the missing column and those of the header', async () => {
    await assert.rejects(readCsv('Query,output\na,b\n'), {
      name: 'RowsError',
      code: 'missing-column',
      message: /rows\.csv has no column "query"\. .*some of: Query, output/,
    });
  });

  test('names the record with too few fields, with a stray quote, or with a quote that is never closed', async () => {
    const start = 'query,output\na,b\n';
    for (const record of ['c\n', '"c"d,e\n', '"c,d\ne,f\n']) {
      await assert.rejects(readCsv(`${start}${record}g,h\n`), {
        code: 'unreadable',
        message: /rows\.csv: record 3, the header counted, is not well-formed CSV/,
      });
    }
  });

  test('gives up on a quote whose end is not in the next 16 MiB', async () => {
    await assert.rejects(readCsv(`query\n"${'x'.repeat(17 << 20)}`, ['query']), { code: 'unreadable' });
  });

  test('says that a file with a header only is empty, and so is one of no bytes', async () => {
    await assert.rejects(readCsv('query,output\n'), { code: 'empty' });
    await assert.rejects(readCsv(''), { code: 'empty' });
  });

  test('refuses text that is not UTF-8', async () => {
    await assert.rejects(readCsv(Buffer.from('query\npr\u00E9avis\n', 'latin1'), ['query']), {
      code: 'unreadable',
      message: /not UTF-8/,
    });
  });

  test("passes the operating system's errors through", async () => {
    const rows = readRows(join(folder, 'nowhere.csv'), { format: 'csv', columns: ['query'], limit: null });
    await assert.rejects(collect(rows), { code: 'ENOENT' });
  });
});
