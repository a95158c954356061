/** `veille tag` against a bucket in memory. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { CONDEMNED_KEY, encodeList } from '../../adapters/retention/condemned-list.ts';
import { tagCommand } from '../../cli/commands/tag.ts';
import { parseTagKey } from '../../contracts/tags.ts';
import { typed } from '../fixtures/bucket-command.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';
import { runRecordOf, storeRecord } from '../fixtures/run-record.ts';

function tag(store: ObjectStore, ...args: readonly string[]) {
  return typed((context) => tagCommand(context, () => ({ store })), args);
}

async function bucket(): Promise<MemoryObjectStore> {
  const store = new MemoryObjectStore();
  await storeRecord(store, runRecordOf({ workflowId: 'nightly: été' }));
  return store;
}

const FOLDER = 'runs/nightly%3A%20%C3%A9t%C3%A9/nightly%3A%20%C3%A9t%C3%A9-run/';

test('a tag is an object of its own in the run’s folder, with who, when and why', async () => {
  const store = await bucket();
  const { code, out } = await tag(store, 'nightly: été', 'kept', 'v1.0', '--by', 'ada', '--note', 'for the appeal');
  assert.equal(code, 0);
  assert.match(out, /^kept  \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ by ada: for the appeal\nv1\.0  .*\n$/);
  assert.deepEqual(
    store.keys().filter((key) => parseTagKey(key)),
    [`${FOLDER}tags/kept.json`, `${FOLDER}tags/v1.0.json`],
  );
});

test('a tag that is there stays as it was put there', async () => {
  const store = await bucket();
  await tag(store, 'nightly: été', 'kept', '--by', 'ada');
  const { code, out } = await tag(store, 'nightly: été', 'kept', '--by', 'bob');
  assert.equal(code, 0);
  assert.match(out, /by ada\n$/);
});

test('tags are listed without names, and as JSON', async () => {
  const store = await bucket();
  assert.equal((await tag(store, 'nightly: été')).out, 'nightly: été has no tags.\n');
  await tag(store, 'nightly: été', 'kept', '--by', 'ada');
  const { tags } = JSON.parse((await tag(store, 'nightly: été', '--json')).out) as {
    tags: { name: string; tag: { by: string; note: null } }[];
  };
  assert.deepEqual(
    tags.map((one) => [one.name, one.tag.by, one.tag.note]),
    [['kept', 'ada', null]],
  );
});

test('a tag is taken off, and one that is not there is named', async () => {
  const store = await bucket();
  await tag(store, 'nightly: été', 'kept', '--by', 'ada');
  const { code, out, err } = await tag(store, 'nightly: été', 'kept', 'other', '--remove');
  assert.deepEqual([code, out, err], [1, 'nightly: été has no tags.\n', 'nightly: été has no tag "other".\n']);
});

test('a run that did not finish is not tagged', async () => {
  const store = await bucket();
  const { code, err } = await tag(store, 'other', 'kept', '--by', 'ada');
  assert.equal(code, 2);
  assert.match(err, /^No finished run with the workflow ID "other"/);
  assert.equal(store.keys().length, 1);
});

for (const name of ['two words', '', 'a/b', 'é', 'x'.repeat(65)]) {
  test(`"${name.slice(0, 9)}" is no tag`, async () => {
    const store = await bucket();
    const { code, err } = await tag(store, 'nightly: été', name, '--by', 'ada');
    assert.equal(code, 2);
    assert.match(err, /A tag is 1 to 64 letters/);
    assert.equal(store.keys().length, 1);
  });
}

test('other objects of a run are no tags', () => {
  for (const key of [`${FOLDER}record.json`, `${FOLDER}tags/a/b.json`, `${FOLDER}tags/a b.json`, 'tags/a.json']) {
    assert.equal(parseTagKey(key), null);
  }
});

test('a tag that comes when the run is condemned already is no promise', async () => {
  const store = await bucket();
  const list = {
    schema: 1 as const,
    owner: 'gc',
    by: 'ada',
    since: new Date().toISOString(),
    renewals: 0,
    units: [FOLDER],
  };
  await store.putIfAbsent(CONDEMNED_KEY, encodeList(list));
  const { code, err } = await tag(store, 'nightly: été', 'kept', '--by', 'ada');
  assert.equal(code, 1);
  assert.match(
    err,
    /^The tag came too late: runs\/nightly%3A%20%C3%A9t%C3%A9\/.* may be removed by a garbage collection/,
  );
});
