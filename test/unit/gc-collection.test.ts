/** A collection by itself, and beside others that are at work, were killed or fell asleep. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { collectGarbage } from '../../adapters/retention/collect.ts';
import { Condemnation } from '../../adapters/retention/condemnation.ts';
import { CONDEMNED_KEY } from '../../adapters/retention/condemned-list.ts';
import { KEEP_ALL } from '../../adapters/retention/policy.ts';
import { RetentionError } from '../../adapters/retention/retention-error.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';
import { keysOf, trainingOf } from '../fixtures/retention-objects.ts';
import { stepWriters } from '../fixtures/step-writers.ts';
import { storeWith } from '../fixtures/store-with.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const { record: RECORD, artifact: ARTIFACT } = keysOf(0);
const CHECKPOINTS = `checkpoints/${trainingOf(0)}/`;

let clock = 0;
let store = new MemoryObjectStore();
const now = (): number => clock;
const writers = () => stepWriters(store, now);

/** A bucket with one step that nothing names, of three days ago. */
beforeEach(async () => {
  clock = Date.UTC(2026, 10, 21);
  store = new MemoryObjectStore(now);
  const { put, record, claim } = writers();
  await put();
  await record();
  await claim();
  clock += 3 * DAY_MS;
});

const condemnAnother = (): Promise<Condemnation> =>
  Condemnation.publish(store, { units: ['artifacts/sha256/00/00'], by: 'ada@desk', now });
const collect = (objects: ObjectStore = store) =>
  collectGarbage(objects, { policy: KEEP_ALL, cutoff: clock - DAY_MS, by: 'ada@desk', now });

describe('a collection', () => {
  it('publishes what it condemns, deletes it and empties the list', async () => {
    const lists: string[][] = [];
    const watched = storeWith(store, {
      async delete(keys) {
        const list = await store.get(CONDEMNED_KEY);
        lists.push((JSON.parse(Buffer.from(list?.body ?? '{}').toString()) as { units: string[] }).units);
        return store.delete(keys);
      },
    });
    const { deleted } = await collect(watched);
    const units = [RECORD, CHECKPOINTS, ARTIFACT];
    assert.deepEqual(
      deleted.map(({ name }) => name),
      units,
    );
    assert.ok(lists.every((list) => list.join() === units.join()));
    assert.deepEqual(store.keys(), [CONDEMNED_KEY]);
    assert.deepEqual((await collect()).deleted, []);
  });

  it('spares what was touched before its second look', async () => {
    let recalled = false;
    const touched = storeWith(store, {
      async putIfAbsent(key, body) {
        // As if it had asked for the list before that was there.
        if (!recalled) await writers().recall();
        recalled = true;
        return store.putIfAbsent(key, body);
      },
    });
    const { found, deleted } = await collect(touched);
    assert.deepEqual(
      found.garbage.map(({ name }) => name),
      [RECORD, CHECKPOINTS, ARTIFACT],
    );
    assert.deepEqual(
      deleted.map(({ name }) => name),
      [CHECKPOINTS],
    );
  });

  it('does not begin while another one is at work, and says whose it is', async () => {
    await condemnAnother();
    await assert.rejects(collect(), { code: 'busy', message: /by ada@desk since 2026-11-24T00:00:00\.000Z/ });
    assert.ok(store.keys().includes(ARTIFACT));
  });

  it('takes the place of one that was killed an hour ago', async () => {
    await condemnAnother();
    clock += HOUR_MS + 1;
    assert.equal((await collect()).deleted.length, 3);
  });

  it('deletes nothing more once somebody took it for dead', async () => {
    let asleep = false;
    const slow = storeWith(store, {
      async delete(keys) {
        await store.delete(keys);
        if (asleep) return;
        asleep = true;
        clock += 2 * HOUR_MS;
        await writers().put();
      },
    });
    await assert.rejects(collect(slow), (error) => error instanceof RetentionError && error.code === 'lost');
    assert.ok(store.keys().includes(ARTIFACT));
  });

  it('stops between two requests when it is told to, and keeps nobody waiting', async () => {
    const interrupt = new AbortController();
    const options = { policy: KEEP_ALL, cutoff: clock - DAY_MS, by: 'ada@desk', now, signal: interrupt.signal };
    await assert.rejects(collectGarbage(store, { ...options, onDeleted: () => interrupt.abort() }), {
      name: 'AbortError',
    });
    assert.ok(store.keys().includes(ARTIFACT));
    await writers().put();
  });
});
