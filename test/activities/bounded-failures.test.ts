/** Whatever a source holds, its refusal is short, final, at the first attempt, and quotes nothing that may be secret. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ApplicationFailure } from '@temporalio/activity';
import { defaultFailureConverter, defaultPayloadConverter } from '@temporalio/common';
import proto from '@temporalio/proto';
import { durable } from '../../activities/durable.ts';
import { createPrepareRun } from '../../activities/prepare-run.ts';
import { createReadGuards } from '../../activities/read-guards.ts';
import { createResolveSources } from '../../activities/resolve-sources.ts';
import { INVALID_DATA, INVALID_INPUT } from '../../contracts/failures.ts';
import { gateSection } from '../../contracts/gate.ts';
import { parseRetrainInput } from '../../contracts/parse-input.ts';
import type { RetrainInput } from '../../contracts/retrain-input.ts';
import { activityDeps, runActivity, type TestDeps } from '../fixtures/activity-deps.ts';
import { writeModelFiles } from '../fixtures/model-files.ts';

/** Bytes of a message, and of a whole failure with its causes and stack traces. */
const LONGEST_MESSAGE = 2_048;
const LARGEST_FAILURE = 20_000;

const COLUMNS = 200_000;
const columnNames = (): string[] => Array.from({ length: COLUMNS }, (_, index) => `column_${index}`);

/** Runs an activity that must fail, and returns the failure as Temporal gets it. */
async function failureOf<I>(activity: (input: I) => Promise<unknown>, input: I) {
  const error: unknown = await runActivity(activity, input).then(
    () => assert.fail('the activity ended well'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ApplicationFailure, String(error));
  return { error, sent: sentBytes(error) };
}

/** The failure as it is sent to Temporal, with stack traces, details and causes. */
function sentBytes(error: Error): Buffer {
  const failure = defaultFailureConverter.errorToFailure(error, defaultPayloadConverter);
  return Buffer.from(proto.temporal.api.failure.v1.Failure.encode(failure).finish());
}

async function prepare(name: string, content: string | Uint8Array): Promise<{ deps: TestDeps; path: string }> {
  const deps = activityDeps();
  const model = join(deps.folder, 'model');
  writeModelFiles(model);
  const path = join(deps.folder, name);
  await writeFile(path, content);
  return { deps, path };
}

async function resolveFailure(name: string, content: string | Uint8Array, data: RetrainInput['data'] = {}) {
  const { deps, path } = await prepare(name, content);
  const model = { source: join(deps.folder, 'model') };
  const config = parseRetrainInput({ data: { source: path, ...data }, model });
  const failed = await failureOf(createResolveSources(deps), { data: config.data, model: config.model, guards: {} });
  assert.deepEqual(deps.store.keys(), []);
  return failed;
}

describe('the failure of a file that is not what the input says', () => {
  const secret = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const secretWord = secret.split('\n')[1]!;
  const files: Readonly<Record<string, () => string | Uint8Array>> = {
    'cr-line-ends.csv': () => `query,input,output\r${'une question,Code civil,un texte\r'.repeat(210_000)}`,
    'wide.csv': () => `${columnNames().join(',')}\n${'x,'.repeat(COLUMNS - 1)}x\n`,
    'wide.jsonl': () => JSON.stringify(Object.fromEntries(columnNames().map((name) => [name, 'x']))),
    'one-long-name.csv': () => `${'x'.repeat(3_000_000)}\n1\n`,
    'escapes.csv': () => `\u001b[2Jquestion\u0007,\u202ereponse\n1,2\n`,
    'key.csv': () => secret,
    'key.jsonl': () => secret,
    'one-line-key.jsonl': () => secret.replaceAll('\n', ' '),
    'secret-within-a-line.jsonl': () => `{"query": ${secretWord}`,
    'quote-within-a-field.csv': () => `query,input,output\na,${secretWord}"b,c\n`,
    'text-behind-a-quote.csv': () => `query,input,output\n"${secretWord}"${secretWord},b,c\n`,
    'no.parquet': () => secret,
    'half-of-an-emoji.jsonl': () => `{"query": "${secretWord}\\ud83d", "input": "a", "output": "b"}`,
    'nul.csv': () => `query,input,output\n${secretWord}\0,b,c\n`,
    'repeated-key.jsonl': () => `{"query": "${secretWord}", "query": "b", "input": "a", "output": "b"}`,
    'array.json': () => `[{"query": "${secretWord}", "input": 5}, ${secretWord}]`,
    'pointer.csv': () => `version https://git-lfs.github.com/spec/v1\noid sha256:${secretWord}\n`,
    'torn.csv.gz': () => gzipSync(secretWord).subarray(0, -6),
    'not-utf8.csv': () => Buffer.concat([Buffer.from(secretWord), Buffer.from([0xff, 0xfe])]),
  };
  for (const [name, content] of Object.entries(files))
    it(`is short, final and tells no secret: ${name}`, async () => {
      const { error, sent } = await resolveFailure(name, content());
      assert.equal(error.type, INVALID_DATA);
      assert.equal(error.nonRetryable, true);
      assert.ok(Buffer.byteLength(error.message) <= LONGEST_MESSAGE, `${error.message.length} characters`);
      assert.ok(sent.length <= LARGEST_FAILURE, `${sent.length} bytes in all`);
      assert.ok(!sent.includes(secretWord.slice(0, 8)), error.message);
      // oxlint-disable-next-line no-control-regex
      assert.doesNotMatch(error.message, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    });

  it('names the first columns of a wide file, and counts the others', async () => {
    const { error } = await resolveFailure('wide.csv', files['wide.csv']!());
    assert.match(error.message, /some of: column_0, .*, column_11 and 199988 more$/);
  });

  it('says of CR line ends what they are, and how to convert them', async () => {
    const { error } = await resolveFailure('cr-line-ends.csv', files['cr-line-ends.csv']!());
    assert.match(error.message, /its lines end with CR alone.*tr '\\r' '\\n'/);
  });

  it('quotes a grade that is none up to 60 characters', async () => {
    const { deps, path } = await prepare('civil.jsonl', JSON.stringify({ q: 'a', p: 'b', g: 'x'.repeat(1_000_000) }));
    const columns = { query: 'q', passage: ['p'], grade: 'g' };
    const { guards } = gateSection.parse({ guards: { civil: { data: { source: path, columns } } } });
    const file = await deps.artifacts.putFile(path);
    const input = { guards, files: { civil: { ...file, format: 'jsonl' as const } } };
    const { error } = await failureOf(createReadGuards(deps), input);
    assert.match(error.message, /column "g" holds "x{59}…"/);
  });
});

describe('the failure of an input', () => {
  const prepareRun = createPrepareRun({ worker: { buildId: 'test', uiUrl: null, searchable: false } });
  const huge = 'y'.repeat(1_000_000);
  const inputs: Readonly<Record<string, unknown>> = {
    'unknown fields': Object.fromEntries(
      columnNames()
        .slice(0, 20_000)
        .map((name) => [name, 1]),
    ),
    'an unknown field with a long name': { [huge]: 1 },
    'a long value': { training: { batchSize: huge } },
    'a long source': { data: { source: huge } },
    'a long factory': { index: { factory: huge } },
    'a long preset': { preset: huge },
    'a long list': { training: { lora: { targetModules: Array.from({ length: 20_000 }, () => 7) } } },
  };
  for (const [what, input] of Object.entries(inputs))
    it(`is short and final: ${what}`, async () => {
      const { error, sent } = await failureOf(prepareRun, input);
      assert.equal(error.type, INVALID_INPUT);
      assert.equal(error.nonRetryable, true);
      assert.ok(Buffer.byteLength(error.message) <= LONGEST_MESSAGE);
      assert.ok(sent.length <= LARGEST_FAILURE, `${sent.length} bytes in all`);
    });
});

describe('the failure of anything else', () => {
  it('keeps type, details and a bounded chain of causes, and its name where it is of no known kind', async () => {
    const long = 'z'.repeat(3_000_000);
    let cause: Error = new Error(long);
    for (let depth = 0; depth < 1_000; depth += 1) cause = new Error(`${depth} ${long.slice(0, 10_000)}`, { cause });
    const fail = (error: Error) => failureOf(() => Promise.reject(error), undefined);
    const details = [{ lastWords: long, log: null, step: 3, list: columnNames() }];
    const known = await fail(ApplicationFailure.create({ type: 'TrainerFailed', message: long, details, cause }));
    assert.equal(known.error.type, 'TrainerFailed');
    const [detail] = known.error.details ?? [];
    assert.equal((detail as { step: number }).step, 3);
    assert.ok(known.sent.length <= LARGEST_FAILURE, `${known.sent.length} bytes`);
    const unknown = new RangeError(long, { cause });
    const raised: unknown = await runActivity(() => Promise.reject(unknown), undefined).catch(
      (error: unknown) => error,
    );
    assert.ok(raised instanceof Error && raised.name === 'RangeError' && raised.message.length <= LONGEST_MESSAGE);
    assert.ok(sentBytes(raised).length <= LARGEST_FAILURE);
  });
});

it('a full disk is called one, with the worker', async () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  const activity = durable({ write: () => Promise.reject(full) }).write;
  const thrown: unknown = await runActivity(activity, undefined).catch((error: unknown) => error);
  assert.ok(thrown instanceof Error);
  assert.match(thrown.message, /^The disk of worker .* is full \(ENOSPC: .*\): free some space$/);
});
