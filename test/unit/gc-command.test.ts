/** `veille gc` against a bucket in memory. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { CONDEMNED_KEY } from '../../adapters/retention/condemned-list.ts';
import { gcCommand } from '../../cli/commands/gc.ts';
import type { TemporalAccess } from '../../cli/context.ts';
import { unreachable } from '../../cli/observe/temporal-access.ts';
import type { GcDocument } from '../../cli/render/gc-document.ts';
import { typed } from '../fixtures/bucket-command.ts';
import { fakeRef } from '../fixtures/fake-ref.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';
import { runRecordOf, storeRecord } from '../fixtures/run-record.ts';

const DAY_MS = 86_400_000;
/** A server that is away. */
const AWAY: TemporalAccess = {
  address: 'temporal:7233',
  namespace: 'default',
  uiUrl: null,
  client: async () => {
    throw unreachable('temporal:7233', new Error('refused'));
  },
  close: async () => undefined,
};

let age = 0;
let store = new MemoryObjectStore();

beforeEach(() => {
  age = 30 * DAY_MS;
  store = new MemoryObjectStore(() => Date.now() - age);
});

function gc(bucket: ObjectStore | null, args: readonly string[], interrupt = new AbortController()) {
  const given = { temporal: AWAY, interruptSignal: () => interrupt.signal };
  return typed((context) => gcCommand(context, () => ({ store: bucket })), args, given);
}

/** Two finished runs that share what does not depend on the training, and an orphan of 2,048 bytes. */
async function fill(): Promise<void> {
  for (const [workflowId, seed] of [
    ['nightly 1', 1],
    ['nightly 2', 2],
  ] as const) {
    const record = runRecordOf({
      workflowId,
      finishedAt: `2026-10-0${seed}T00:00:00.000Z`,
      input: { training: { seed } },
    });
    await storeRecord(store, record);
    for (const { key } of Object.values(record.artifacts)) await store.putIfAbsent(key, Buffer.from('x'));
  }
  await store.putIfAbsent(fakeRef('orphan').key, Buffer.alloc(2_048));
}

test('lists what could go by its kind, deletes nothing, and says what Temporal could not tell', async () => {
  await fill();
  const before = store.keys();
  const { code, out, err } = await gc(store, []);
  assert.equal(code, 0);
  assert.match(
    err,
    /Temporal at temporal:7233 does not answer.* What a running workflow holds may be listed too\.\n$/s,
  );
  assert.match(out, /^[\d,]+ objects \(.*\) in s3:\/\/memory stay: needed, or changed after \d{4}-\d\d-\d\d /);
  assert.match(out, /^artifacts +1 +2 KiB$/m);
  assert.match(out, /Nothing was deleted: --delete does that\.\n$/);
  assert.deepEqual(store.keys(), before);
});

test('refuses to delete while nobody can say what runs', async () => {
  await fill();
  const before = store.keys();
  const { code, err } = await gc(store, ['--delete']);
  assert.equal(code, 3);
  assert.match(err, /nobody knows what running workflows hold: --no-running asserts that there are none\.\n$/);
  assert.deepEqual(store.keys(), before);
});

test('deletes garbage alone, and has none left then', async () => {
  await fill();
  const before = store.keys();
  const { code, out } = await gc(store, ['--delete', '--no-running']);
  assert.equal(code, 0);
  assert.match(out, /\n1 object \(2 KiB\) deleted\.\n$/);
  const gone = before.filter((key) => !store.keys().includes(key));
  assert.deepEqual(gone, [fakeRef('orphan').key]);
  assert.match((await gc(store, ['--delete', '--no-running'])).out, /There is no garbage\.\n$/);
});

test('drops finished runs beyond the policy by their names, and keeps what the others share with them', async () => {
  await fill();
  const { out } = await gc(store, ['--delete', '--no-running', '--keep-last', '1']);
  assert.match(out, /^finished runs that the policy drops +1 /m);
  assert.match(out, /Finished runs among it:\n {2}nightly 1@nightly 1-run\n/);
  const kept = runRecordOf({ workflowId: 'nightly 2', input: { training: { seed: 2 } } });
  for (const { key } of Object.values(kept.artifacts)) assert.ok(store.keys().includes(key), key);
  assert.ok(!store.keys().some((key) => key.includes('nightly%201')));
});

test('leaves what is younger than the age that is asked for', async () => {
  age = 20 * DAY_MS;
  await fill();
  assert.match((await gc(store, ['--no-running', '--older-than', '21d'])).out, /There is no garbage\.\n$/);
  assert.match((await gc(store, ['--no-running', '--older-than', '19d'])).out, /^artifacts +1 /m);
});

test('as JSON it is one document with every unit, the cutoff and what was kept', async () => {
  await fill();
  const { out } = await gc(store, ['--json', '--no-running', '--keep-days', '1']);
  const { url, policy, running, kept, garbage, deleted } = JSON.parse(out) as GcDocument;
  assert.deepEqual(
    { url, policy, running, deleted },
    {
      url: 's3://memory',
      policy: { keepLast: null, keepDays: 1 },
      running: { count: 0, oldestStart: null },
      deleted: null,
    },
  );
  assert.deepEqual(kept, { objects: 0, bytes: 0 });
  assert.deepEqual(
    garbage.filter(({ kind }) => kind === 'record').map(({ name }) => name),
    ['runs/nightly%201/nightly%201-run/', 'runs/nightly%202/nightly%202-run/'],
  );
  assert.equal(
    garbage.reduce((sum, { objects }) => sum + objects, 0),
    store.keys().length,
  );
});

test('an interrupted collection says what that means, and keeps nobody waiting', async () => {
  await fill();
  const interrupt = new AbortController();
  interrupt.abort();
  const { code, err } = await gc(store, ['--delete', '--no-running'], interrupt);
  assert.equal(code, 130);
  assert.match(err, /^Stopped between two requests/);
  assert.ok(!store.keys().includes(CONDEMNED_KEY));
});

test('a damaged record ends it, by name', async () => {
  await store.putIfAbsent('runs/w/1/record.json', Buffer.from('{'));
  const { code, err } = await gc(store, ['--no-running']);
  assert.equal(code, 1);
  assert.match(err, /^runs\/w\/1\/record\.json in s3:\/\/memory is no record of a run/);
});

test('without a bucket, and with a number that is none, it says what to do', async () => {
  assert.equal((await gc(null, ['--no-running'])).code, 3);
  const { code, err } = await gc(store, ['--keep-last', '-1']);
  assert.equal(code, 2);
  assert.match(err, /It is a whole number from 0\./);
});
