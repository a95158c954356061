/** Which record a command takes, and what it says when there is none that it can read. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import { findRecord } from '../../cli/records/find-record.ts';
import { retrieversOf } from '../../cli/records/retrievers.ts';
import { parseRunArgument } from '../../cli/records/run-argument.ts';
import { RUN_FILES, runFolder } from '../../contracts/run-record.ts';
import { lostRun, writeFinishedRun } from '../fixtures/finished-run.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';
import { runRecordOf, storeRecord } from '../fixtures/run-record.ts';

/** A bucket whose objects have the ages that the test says. */
class DatedObjectStore extends MemoryObjectStore {
  readonly ages = new Map<string, Date>();

  override async *list(prefix: string) {
    for await (const object of super.list(prefix)) {
      yield { ...object, modified: this.ages.get(object.key) ?? object.modified };
    }
  }
}

const NOON = Date.UTC(2026, 10, 24, 12);

/** A bucket in which each of these workflow IDs has a finished run, recorded so many seconds after noon. */
async function bucketWith(runs: Readonly<Record<string, number>>): Promise<DatedObjectStore> {
  const store = new DatedObjectStore();
  for (const [workflowId, seconds] of Object.entries(runs)) {
    await writeFinishedRun(new ArtifactStore(store, ''), workflowId, lostRun());
    const folder = runFolder({ workflowId, runId: `${workflowId}-run` });
    store.ages.set(folder + RUN_FILES.record, new Date(NOON + seconds * 1_000));
  }
  return store;
}

test('the run that finished last is taken, whatever its workflow ID', async () => {
  const store = await bucketWith({ b: 10, c: 30, a: 20 });
  assert.equal((await findRecord(store)).workflowId, 'c');
});

test('a named run is taken although another has finished since', async () => {
  const store = await bucketWith({ 'nightly: été': 10, nightly: 20 });
  const { workflowId, runId } = await findRecord(store, parseRunArgument('nightly: été'));
  assert.deepEqual([workflowId, runId], ['nightly: été', 'nightly: été-run']);
});

test('a name is no prefix of other names', async () => {
  const store = await bucketWith({ 'nightly-1': 10, 'nightly-10': 20 });
  assert.equal((await findRecord(store, parseRunArgument('nightly-1'))).workflowId, 'nightly-1');
});

test('a certain run of a workflow ID is named by its run ID behind an @', async () => {
  const store = new MemoryObjectStore();
  const runIds = ['0199c5a0-7d3e-7c0a-9a54-3f0f5a1f4c11', '0199c5a0-7d3e-7c0a-9a54-3f0f5a1f4c12'];
  for (const runId of runIds) await storeRecord(store, runRecordOf({ workflowId: 'ada@desk', runId }));
  const runId = runIds[0];
  assert.equal((await findRecord(store, parseRunArgument(`ada@desk@${runId}`))).runId, runId);
  assert.equal((await findRecord(store, parseRunArgument('ada@desk'))).runId, runIds[1]);
});

test('other files beside the records do not count', async () => {
  const store = await bucketWith({ a: 10 });
  for (const name of ['report.html', 'attempt/record.json']) {
    await store.putIfAbsent(`runs/b/run/${name}`, Buffer.from('{}'));
  }
  assert.equal((await findRecord(store)).workflowId, 'a');
});

test('a record names the encoder and the index of either model', async () => {
  const store = new MemoryObjectStore();
  const run = lostRun();
  const base = { ...run.base, index: { ...run.base.index, factory: 'HNSW32' } };
  await writeFinishedRun(new ArtifactStore(store, ''), 'a', { ...run, base });
  assert.deepEqual(retrieversOf(await findRecord(store)), { fineTuned: run.fineTuned, base });
});

test('a bucket without a finished run says how to get one', async () => {
  const message = /^There is no finished run in s3:\/\/memory: start one with `veille run --wait`/;
  await assert.rejects(findRecord(new MemoryObjectStore()), { message, exitCode: 1 });
});

test('a run that does not exist, or has not finished, is wrong usage', async () => {
  const store = await bucketWith({ a: 10 });
  await assert.rejects(findRecord(store, parseRunArgument('b')), {
    message: /No finished run with the workflow ID "b"/,
    exitCode: 2,
  });
});

for (const [what, body, reason] of [
  ['torn', '{"schema": 1', /Expected ',' or '}'/],
  ['of another version', '{"schema": 1}', /schema: Invalid input/],
] as const) {
  test(`a record that is ${what} is named, with the reason`, async () => {
    const store = await bucketWith({ a: 10 });
    const [key = ''] = store.keys();
    store.damage(key, () => new Uint8Array(Buffer.from(body)));
    await assert.rejects(findRecord(store), (error: Error & { exitCode: number }) => {
      assert.equal(error.exitCode, 1);
      assert.match(error.message, reason);
      assert.ok(error.message.startsWith(`${key} in s3://memory is no record that`));
      return true;
    });
  });
}
