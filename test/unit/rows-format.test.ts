/** adapters/rows: the format that a file's name tells. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { detectFormat } from '../../adapters/rows/detect-format.ts';

test('the end of the name tells the format, in any case', () => {
  assert.equal(detectFormat('data/train-00000-of-00001.parquet'), 'parquet');
  assert.equal(detectFormat('s3://bucket/a.b/rows.JSONL'), 'jsonl');
  assert.equal(detectFormat('rows.ndjson'), 'jsonl');
  assert.equal(detectFormat('export.csv'), 'csv');
  assert.equal(detectFormat('export.tsv'), 'csv');
  assert.equal(detectFormat('rows.JSON'), 'jsonl');
  assert.equal(detectFormat('rows.csv.gz'), 'csv');
  assert.equal(detectFormat('rows.jsonl.GZ'), 'jsonl');
});

test('any other name is refused with the setting to use', () => {
  for (const name of [
    'rows',
    'rows.gz',
    'rows.parquet.gz',
    'rows.csv.zst',
    'folder.csv/rows',
    'constructor',
    'a.constructor',
  ]) {
    assert.throws(() => detectFormat(name), {
      name: 'RowsError',
      code: 'unknown-format',
      message: /Set data\.format to parquet, jsonl or csv/,
    });
  }
});
