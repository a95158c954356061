/** What `veille search` says when it can't answer; answers need a model, and are tested with one. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { openS3 } from '../../adapters/object-store/s3.ts';
import { StoreRefusedError } from '../../adapters/object-store/store-error.ts';
import { searchCommand } from '../../cli/commands/search.ts';
import { freePort } from '../../cli/stack/ports.ts';
import { typed } from '../fixtures/bucket-command.ts';
import { lostRun, writeFinishedRun } from '../fixtures/finished-run.ts';
import { fakeS3Options } from '../fixtures/fake-s3.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';

/** Runs one command line against a bucket, in a state folder of its own. */
async function search(t: TestContext, store: ObjectStore | null, ...args: readonly string[]) {
  const stateDir = await mkdtemp(join(tmpdir(), 'veille-search-'));
  t.after(() => rm(stateDir, { recursive: true }));
  return typed((context) => searchCommand(context, () => ({ store, stateDir })), args);
}

test('where there is no bucket, `veille dev` is named', async (t) => {
  const { code, err } = await search(t, null, 'délai');
  assert.equal(code, 3);
  assert.match(err, /^There is no local bucket yet: `veille demo` or `veille dev` makes one/);
});

test('where no server answers, S3_ENDPOINT is named', async (t) => {
  const store = openS3(fakeS3Options(`http://127.0.0.1:${await freePort()}`));
  const { code, err } = await search(t, store, 'délai');
  assert.equal(code, 3);
  assert.match(err, /^The object store s3:\/\/veille\/ is not reachable .*ECONNREFUSED.*\. Check S3_ENDPOINT;.*\n$/);
});

test('where the server refuses, its reason and what to do are named', async (t) => {
  const store = new MemoryObjectStore();
  const refusal = { cause: new Error('The key does not exist.'), code: 'InvalidAccessKeyId' };
  store.failNext('list', new StoreRefusedError(store.url, 'list runs/', 'Check the AWS credentials', refusal));
  const { code, err } = await search(t, store, 'délai');
  assert.equal(code, 3);
  assert.match(err, /InvalidAccessKeyId, The key does not exist\. Check the AWS credentials; `veille doctor`/);
});

test('where no run has finished, it says how to get one', async (t) => {
  const { code, err } = await search(t, new MemoryObjectStore(), 'délai');
  assert.equal(code, 1);
  assert.match(err, /^There is no finished run in s3:\/\/memory: .*`veille demo`\.\n$/);
});

test('where a file of the run is gone, it is named, with what to do', async (t) => {
  const store = new MemoryObjectStore();
  await writeFinishedRun(new ArtifactStore(store, ''), 'a', lostRun());
  const { code, err } = await search(t, store, 'délai');
  assert.equal(code, 1);
  assert.match(err, /^Object artifacts\/sha256\/ab\/(ab){32} is missing from the store\. `veille run` .*\n$/);
});

test('where the passages are not those of the index, no text is put to a wrong number', async (t) => {
  const store = new MemoryObjectStore();
  const artifacts = new ArtifactStore(store, '');
  const part = await artifacts.putBytes(Buffer.from('{"query":"q","positive":"p"}\n{"query":"r","positive":"s"}\n'));
  await writeFinishedRun(artifacts, 'a', { ...lostRun(), test: { ...part, rows: 2 } });
  const { code, err } = await search(t, store, 'délai');
  assert.equal(code, 1);
  assert.match(err, /^The run's index has 1 passages, and this version of veille makes 2 of its test part/);
});

test('an error that nobody foresaw keeps its stack', async (t) => {
  const store = new MemoryObjectStore();
  store.failNext('list', new TypeError('a bug'));
  const { code, err } = await search(t, store, 'délai');
  assert.equal(code, 1);
  assert.match(err, /TypeError: a bug\n {4}at /);
});

for (const args of [[], [' '], ['délai', '--top', '0'], ['délai', '--top', '1.5'], ['délai', 'de', 'préavis']]) {
  test(`\`veille search ${args.join(' ')}\` is wrong usage`, async (t) => {
    assert.equal((await search(t, new MemoryObjectStore(), ...args)).code, 2);
  });
}
