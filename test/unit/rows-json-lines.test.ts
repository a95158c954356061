/** adapters/rows on JSON Lines, tidy and untidy. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises';
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
  folder = await mkdtemp(join(tmpdir(), 'rows-jsonl-'));
});
after(() => rm(folder, { recursive: true }));

async function readJsonLines(content: string | Uint8Array, columns = ['query', 'output'], limit: number | null = null) {
  const path = join(folder, 'rows.jsonl');
  await writeFile(path, content);
  return collect(readRows(path, { format: 'jsonl', columns, limit }));
}

describe('reading JSON Lines', () => {
  test('closes the file though nobody reads beyond its first row', async () => {
    const path = join(folder, 'closed.jsonl');
    await writeFile(path, '{"query": "a"}\n{"query": "b"}\n'.repeat(10_000));
    const isOpen = async (): Promise<boolean> => {
      const links = await Promise.all(
        (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
      );
      return links.includes(path);
    };
    for await (const _ of readRows(path, { format: 'jsonl', columns: ['query'], limit: null })) break;
    while (await isOpen()) await new Promise(setImmediate);
  });

  test('copes with a byte order mark, CRLF, blank lines and a last line without its end', async () => {
    const rows = await readJsonLines(
      '\uFEFF{"query": "é", "output": "1", "more": 1}\r\n\r\n  \r\n{"output": "deux\\nlignes", "query": "b"}',
    );
    assert.deepEqual(rows, [
      { query: 'é', output: '1' },
      { query: 'b', output: 'deux\nlignes' },
    ]);
  });

  test('reads null, and a key that a later line lacks, as an empty string', async () => {
    const rows = await readJsonLines('{"query": "a", "output": null}\n{"query": "b"}\n');
    assert.deepEqual(rows, [
      { query: 'a', output: '' },
      { query: 'b', output: '' },
    ]);
  });

  test('keeps characters whole that lie across two reads, in lines longer than one', async () => {
    // 3-byte characters: the 64 KiB pieces of the file end inside one.
    const long = '€'.repeat(100_000);
    const rows = await readJsonLines(`{"query": "${long}", "output": "x"}\n{"query": "b", "output": "${long}"}\n`);
    assert.deepEqual(rows, [
      { query: long, output: 'x' },
      { query: 'b', output: long },
    ]);
  });

  test('does not look beyond the limit', async () => {
    const rows = await readJsonLines('{"query": "a"}\n{"query": "b"}\nnot JSON\n', ['query'], 2);
    assert.deepEqual(rows, [{ query: 'a' }, { query: 'b' }]);
  });

  test('names the line that is not JSON, blank lines counted', async () => {
    await assert.rejects(readJsonLines('{"query": "a"}\n\n{"query": "b"\n', ['query']), {
      name: 'RowsError',
      code: 'unreadable',
      message: /rows\.jsonl, line 3 is not JSON .*one complete object a line/,
    });
  });

  test('names the missing column and those of the first line', async () => {
    await assert.rejects(readJsonLines('{"question": "a", "output": "b"}\n'), {
      code: 'missing-column',
      message: /no column "query"\. .*some of: question, output/,
    });
  });

  test('names line, column and type of a value that is no text', async () => {
    const start = '{"query": "a", "output": "b"}\n';
    for (const [json, type] of [
      ['5', 'number'],
      ['true', 'boolean'],
      ['["b"]', 'list'],
      ['{}', 'object'],
    ]) {
      await assert.rejects(readJsonLines(`${start}{"query": "a", "output": ${json}}\n`), {
        code: 'wrong-type',
        message: new RegExp(`line 2: column "output" holds a ${type}`),
      });
    }
  });

  test('says that a file of blank lines is empty', async () => {
    await assert.rejects(readJsonLines('\n \n'), { code: 'empty', message: /rows\.jsonl has no rows/ });
  });

  test('refuses text that is not UTF-8, also where it ends inside a character', async () => {
    const unreadable = { code: 'unreadable', message: /not UTF-8 text after byte .*iconv/ };
    await assert.rejects(readJsonLines(Buffer.from('{"query": "pr\u00E9avis"}\n', 'latin1'), ['query']), unreadable);
    const cut = Buffer.from('{"query": "a"}\n{"query": "é').subarray(0, -1);
    await assert.rejects(readJsonLines(cut, ['query']), unreadable);
  });

  test('gives up on a line that would fill the memory', async () => {
    await assert.rejects(readJsonLines('x'.repeat(17 << 20), ['query']), {
      code: 'unreadable',
      message: /line 1 is longer than 16777216 characters/,
    });
  });
});
