/** Bad input of many kinds: the named error at once, with what to do, and nothing left behind. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { WorkflowFailedError } from '@temporalio/client';
import {
  INVALID_DATA,
  INVALID_INPUT,
  SOURCE_CHANGED,
  SOURCE_NOT_FOUND,
  type FailureType,
} from '../../contracts/failures.ts';
import { CPU_QUEUE } from '../../contracts/queues.ts';
import { applicationFailure } from '../../workflows/failures.ts';
import { writeRows } from '../fixtures/small-run.ts';
import { startTestStack, type TestStack } from '../fixtures/test-stack.ts';
import { freshId } from '../fixtures/workflow-environment.ts';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
  // No GPU worker: a run that got as far as the GPU queue would never end.
  await stack.startWorker('cpu', 'cpu', { VEILLE_DATA_BUCKETS: 'veille,no-such-bucket' });
  await writeRows(stack.path('rows.jsonl'), 60);
  await writeFile(stack.path('empty.jsonl'), '');
  await writeFile(stack.path('broken.jsonl'), '{"query": "Qui ?", "input": "Loi", "output": "Texte"}\n{"query": \n');
  await writeFile(stack.path('numbers.jsonl'), '{"query": 12, "input": "Loi", "output": "Texte"}\n');
  await writeFile(stack.path('few.jsonl'), '{"query": "Qui ?", "input": "Loi", "output": "Texte"}\n'.repeat(8));
  await writeFile(stack.path('no.parquet'), 'this is no parquet file');
  await writeFile(stack.path('rows.xyz'), 'x');
});
after(() => stack.stop());

async function failure(input: unknown): Promise<{ type: string | null | undefined; message: string }> {
  const options = { workflowId: freshId(), taskQueue: CPU_QUEUE, args: [input] };
  const error: unknown = await stack.client.workflow.execute('retrain', options).then(
    () => assert.fail('the run ended well'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof WorkflowFailedError);
  const root = applicationFailure(error.cause);
  assert.ok(root);
  return { type: root.type, message: root.message };
}

async function objects(): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of stack.objects.list('')) keys.push(key);
  return keys;
}

const data = (source: string, more: object = {}) => ({
  preset: 'demo',
  data: { source: source.includes(':') ? source : stack.path(source), ...more },
});

describe('a run with input that shows at once to be wrong', () => {
  const cases: [what: string, input: () => unknown, type: FailureType, message: RegExp][] = [
    ['text instead of JSON', () => 'demo', INVALID_INPUT, /must be one JSON object/],
    ['an unknown preset', () => ({ preset: 'big' }), INVALID_INPUT, /preset is "big": must be one of demo/],
    [
      'a precision that the device has not',
      () => ({ embedding: { precision: 'fp16' } }),
      INVALID_INPUT,
      /embedding\.precision.*fp16 is computed on a GPU only: set embedding\.device to cuda/,
    ],
    ['a misspelt field', () => ({ training: { lr: 1 } }), INVALID_INPUT, /training\.lr is not a field of training/],
    [
      'a value out of range',
      () => ({ training: { batchSize: 1 } }),
      INVALID_INPUT,
      /training\.batchSize is 1: must be at least 2/,
    ],
    [
      'an index that FAISS does not know',
      () => ({ index: { factory: 'Flatt' } }),
      INVALID_INPUT,
      /index\.factory is "Flatt"/,
    ],
    [
      'a file that is not there',
      () => data('none.parquet'),
      SOURCE_NOT_FOUND,
      /none\.parquet is no file that the worker may read/,
    ],
    [
      "the worker's environment",
      () => ({ data: { source: '/proc/self/environ', format: 'csv' } }),
      SOURCE_NOT_FOUND,
      /environ is no file that the worker may read.*VEILLE_DATA_ROOTS.*--data FILE/,
    ],
    [
      'a bucket that is not allowed',
      () => data('s3://another-bucket/rows.parquet'),
      SOURCE_NOT_FOUND,
      /s3:\/\/another-bucket.*set VEILLE_DATA_BUCKETS/,
    ],
    [
      'a bucket that is not there',
      () => data('s3://no-such-bucket/rows.parquet'),
      SOURCE_NOT_FOUND,
      /s3:\/\/no-such-bucket/,
    ],
    [
      'an object that is not there',
      () => data(`s3://${stack.stack.s3.bucket}/none.parquet`),
      SOURCE_NOT_FOUND,
      /there is no such key/,
    ],
    ['an unknown example', () => data('example:german-law'), SOURCE_NOT_FOUND, /there is example:legal-fr/],
    [
      'a model that is no folder',
      () => ({ ...data('rows.jsonl'), model: { source: '/nowhere' } }),
      SOURCE_NOT_FOUND,
      /model\.source \/nowhere/,
    ],
    [
      'a model package that is not installed',
      () => ({ ...data('rows.jsonl'), model: { source: 'pypi:no-model' } }),
      SOURCE_NOT_FOUND,
      /pypi:no-model is not installed/,
    ],
    [
      'bytes that are not the pinned ones',
      () => data('rows.jsonl', { sha256: 'a'.repeat(64) }),
      SOURCE_CHANGED,
      /data\.sha256 pins a{64}/,
    ],
    [
      'a column that is not there',
      () => data('rows.jsonl', { columns: { query: 'question' } }),
      INVALID_DATA,
      /question/,
    ],
    ['a file without rows', () => data('empty.jsonl'), INVALID_DATA, /has no rows/],
    ['a column of numbers', () => data('numbers.jsonl'), INVALID_DATA, /column "query" holds a number/],
    ['a file that is no parquet', () => data('no.parquet'), INVALID_DATA, /no\.parquet/],
    ['a name that tells no format', () => data('rows.xyz'), INVALID_DATA, /data\.format/],
  ];
  for (const [what, input, type, message] of cases)
    it(`refuses ${what}, and leaves nothing behind`, async () => {
      const stored = await objects();
      const failed = await failure(input());
      assert.equal(failed.type, type);
      assert.match(failed.message, message);
      assert.deepEqual(await objects(), stored);
    });
});

describe('a run whose data are wrong further down', () => {
  const cases: [what: string, input: () => unknown, message: RegExp][] = [
    ['a line that is no JSON', () => data('broken.jsonl'), /line 2/],
    ['fewer rows than a batch', () => data('few.jsonl'), /fewer than training\.batchSize/],
    [
      'too few test rows for mini retrieval',
      () => ({ ...data('rows.jsonl'), training: { batchSize: 8 } }),
      /evaluation\.miniNegatives/,
    ],
  ];
  for (const [what, input, message] of cases)
    it(`refuses ${what} before the GPU is asked for anything`, async () => {
      const failed = await failure(input());
      assert.equal(failed.type, INVALID_DATA);
      assert.match(failed.message, message);
      assert.deepEqual(
        (await objects()).filter((key) => key.startsWith('steps/split/')),
        [],
      );
    });
});
