/** What writers do before they rely on anything: they touch it, ask what is condemned, and look whether it is there. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { Condemnation } from '../../adapters/retention/condemnation.ts';
import { CONDEMNED_KEY } from '../../adapters/retention/condemned-list.ts';
import { CondemnedError } from '../../adapters/retention/retention-error.ts';
import { UNAVAILABLE } from '../../contracts/failures.ts';
import { runActivity } from '../fixtures/activity-deps.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';
import { keysOf, trainingOf } from '../fixtures/retention-objects.ts';
import { stepWriters } from '../fixtures/step-writers.ts';
import { storeWith } from '../fixtures/store-with.ts';

const HOUR_MS = 3_600_000;
const { record: RECORD, artifact: ARTIFACT, latest: LATEST } = keysOf(0);
const CHECKPOINTS = `checkpoints/${trainingOf(0)}/`;

type Write = 'put' | 'record' | 'recall' | 'claim';

let clock = 0;
let store = new MemoryObjectStore();
const now = (): number => clock;
const writersOf = (objects: ObjectStore) => stepWriters(objects, now);

beforeEach(() => {
  clock = Date.UTC(2026, 10, 24);
  store = new MemoryObjectStore(now);
});

/** A step whose objects changed so long ago. */
async function stepOf(age: number): Promise<void> {
  const start = clock;
  clock -= age;
  const { put, record, claim } = writersOf(store);
  await put();
  await record();
  await claim();
  clock = start;
}

const changedAt = async (key: string): Promise<number | undefined> => (await store.head(key))?.modified.getTime();
const condemn = (units: readonly string[]): Promise<Condemnation> =>
  Condemnation.publish(store, { units, by: 'ada@desk', now });

describe('a writer', () => {
  for (const [write, key] of [
    ['recall', RECORD],
    ['put', ARTIFACT],
  ] as const)
    it(`touches what it finds after half a day (${write}), with the same bytes`, async () => {
      await stepOf(13 * HOUR_MS);
      const before = await store.get(key);
      await writersOf(store)[write]();
      assert.equal(await changedAt(key), clock);
      assert.deepEqual((await store.get(key))?.body, before?.body);
    });

  it('does not touch what shows to be in use', async () => {
    await stepOf(11 * HOUR_MS);
    store.calls.clear();
    const { recall, put } = writersOf(store);
    await recall();
    await put();
    assert.equal(store.calls.get('putIfMatch'), undefined);
  });

  const needs: readonly (readonly [Write, string])[] = [
    ['recall', RECORD],
    ['recall', ARTIFACT],
    ['recall', `embeddings/${keysOf(0).segment.split('/')[1]}/`],
    ['record', ARTIFACT],
    ['put', ARTIFACT],
    ['claim', CHECKPOINTS],
  ];
  for (const [write, unit] of needs)
    it(`waits while ${unit.split('/')[0]} that it needs are condemned (${write}), and goes on after that`, async () => {
      if (write !== 'record') await stepOf(0);
      const condemnation = await condemn([unit]);
      const writers = writersOf(store);
      await assert.rejects(writers[write](), CondemnedError);
      await condemnation.lift();
      await writers[write]();
    });

  it('is told so as a failure that is tried again', async () => {
    await condemn([ARTIFACT]);
    await assert.rejects(
      runActivity(() => writersOf(store).put(), undefined),
      { type: UNAVAILABLE, nonRetryable: false, message: /in s3:\/\/memory may be removed by a garbage collection/ },
    );
  });

  it('does not wait for what is condemned beside it', async () => {
    await condemn(['artifacts/sha256/00/00']);
    const { put, record, claim } = writersOf(store);
    await Promise.all([put(), record(), claim()]);
  });

  it('asks once, and by one small request, where nothing was ever collected', async () => {
    const heads: string[] = [];
    const counted = storeWith(store, { head: async (key) => (heads.push(key), store.head(key)) });
    await stepOf(0);
    await writersOf(counted).recall();
    assert.equal(heads.filter((key) => key === CONDEMNED_KEY).length, 1);
  });

  for (const [write, key] of [
    ['put', ARTIFACT],
    ['record', RECORD],
    ['claim', LATEST],
  ] as const)
    it(`writes again what a collection has removed before it could ask (${write})`, async () => {
      let removed = false;
      const beaten = storeWith(store, {
        async head(asked) {
          if (asked === CONDEMNED_KEY && !removed) await store.delete([key]);
          removed ||= asked === CONDEMNED_KEY;
          return store.head(asked);
        },
      });
      await writersOf(beaten)[write]();
      assert.ok(removed);
      assert.ok(store.keys().includes(key));
    });

  it('forgets a step whose record was removed before it could ask', async () => {
    await stepOf(0);
    const beaten = storeWith(store, {
      async head(asked) {
        if (asked === CONDEMNED_KEY) await store.delete([RECORD]);
        return store.head(asked);
      },
    });
    assert.equal(await writersOf(beaten).recall(), null);
  });

  it('lifts a list that its collection has left behind an hour ago', async () => {
    await condemn([ARTIFACT]);
    clock += HOUR_MS;
    const { put } = writersOf(store);
    await assert.rejects(put(), CondemnedError);
    clock += 1;
    await put();
    await writersOf(store).put();
  });

  it('takes a list that it can not read for one that names everything', async () => {
    await store.putIfAbsent(CONDEMNED_KEY, Buffer.from('{"schema":2}'));
    await assert.rejects(writersOf(store).put(), CondemnedError);
  });
});
