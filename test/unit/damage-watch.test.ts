/** An object that the server can't read is told from a server that is away, and is made again. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { createDiscardCorrupt } from '../../activities/discard-corrupt.ts';
import { ArtifactLostError } from '../../adapters/artifacts/artifact-lost.ts';
import { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import { UnreadableObjectError, watchDamage } from '../../adapters/object-store/damage-watch.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { StoreUnavailableError } from '../../adapters/object-store/store-error.ts';
import { stepRecordKey, StepRecords } from '../../adapters/step-records/step-records.ts';
import { verifyObjects } from '../../audit/verify-objects.ts';
import { KEYLESS_SEALS } from '../../provenance/step-seal.ts';
import { runActivity } from '../fixtures/activity-deps.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';
import { RECORDED_ENVIRONMENT } from '../fixtures/recorded-environment.ts';
import { stepRecordOf } from '../fixtures/retention-objects.ts';

const SECOND = 1_000;

/** A server whose disk has lost the blocks of some objects, and a clock that is set by hand. */
function server() {
  const store = new MemoryObjectStore();
  const clock = { now: 0 };
  const broken = new Set<string>();
  const failing = { status: 500 as number | null };
  const unlessBroken = async <T>(key: string, read: () => Promise<T>): Promise<T> => {
    if (!broken.has(key)) return read();
    throw new StoreUnavailableError(store.url, `get ${key}`, {
      cause: new Error('no answer'),
      status: failing.status,
      key,
    });
  };
  const disk: ObjectStore = {
    url: store.url,
    head: (key) => store.head(key),
    get: (key) => unlessBroken(key, () => store.get(key)),
    getRange: (key, start, end) => unlessBroken(key, () => store.getRange(key, start, end)),
    getStream: (key) => unlessBroken(key, () => store.getStream(key)),
    putIfAbsent: (key, body) => store.putIfAbsent(key, body),
    putIfMatch: (key, body, etag) => store.putIfMatch(key, body, etag),
    async delete(keys) {
      await store.delete(keys);
      for (const key of keys) broken.delete(key);
    },
    list: (prefix) => store.list(prefix),
  };
  const objects = watchDamage(disk, { failures: 5, during: 60 * SECOND, now: () => clock.now });
  return { store, disk, clock, broken, failing, artifacts: new ArtifactStore(objects, '') };
}

async function withObjects() {
  const place = server();
  const refs = [];
  for (const text of ['one', 'two', 'three']) refs.push(await place.artifacts.putBytes(Buffer.from(text)));
  return { ...place, refs };
}

/** What reading fails with, once every twenty seconds. */
async function readAgain(
  times: number,
  { clock }: Pick<ReturnType<typeof server>, 'clock'>,
  read: () => Promise<unknown>,
): Promise<unknown[]> {
  const failures: unknown[] = [];
  for (let time = 0; time < times; time++) {
    const failure = await read().then(
      () => null,
      (error: unknown) => error,
    );
    failures.push(failure);
    clock.now += 20 * SECOND;
  }
  return failures;
}

describe('an object that the server answers 500 for', () => {
  it('counts as an outage for a minute, and as damaged after that, by name', async () => {
    const { refs, ...place } = await withObjects();
    const [ref] = refs;
    assert.ok(ref);
    place.broken.add(ref.key);
    const failures = await readAgain(5, place, () => place.artifacts.getBytes(ref));
    assert.ok(failures.slice(0, 4).every((error) => error instanceof StoreUnavailableError));
    const [last] = failures.slice(-1);
    assert.ok(last instanceof ArtifactLostError);
    assert.match(last.message, new RegExp(ref.key));
  });

  it('is discarded then, and whole again once it is put again', async () => {
    const { refs, ...place } = await withObjects();
    const [ref] = refs;
    assert.ok(ref);
    place.broken.add(ref.key);
    await readAgain(5, place, () => place.artifacts.getBytes(ref));
    assert.equal(await runActivity(createDiscardCorrupt(place), ref), true);
    assert.equal(await place.artifacts.check(ref), 'missing');
    await place.artifacts.putBytes(Buffer.from('one'));
    assert.equal(Buffer.from(await place.artifacts.getBytes(ref)).toString(), 'one');
  });

  it('is an outage for as long as others are not served, or nothing answers', async () => {
    const { refs, ...place } = await withObjects();
    const [ref, other] = refs;
    assert.ok(ref && other);
    const read = () => place.artifacts.getBytes(ref);
    for (const { key } of refs) place.broken.add(key);
    const isOutage = (error: unknown): boolean => error instanceof StoreUnavailableError;
    assert.ok((await readAgain(10, place, read)).every(isOutage), 'a whole disk is away');
    place.broken.clear();
    await read();
    place.broken.add(ref.key);
    place.failing.status = null;
    assert.ok((await readAgain(10, place, read)).every(isOutage), 'the connection is away');
  });

  it('is no step record to rely on, and is replaced when the step runs again', async () => {
    const place = await withObjects();
    const records = new StepRecords(place.artifacts, RECORDED_ENVIRONMENT, KEYLESS_SEALS, () => {});
    const record = stepRecordOf(1);
    const recall = () => records.recall(record.name, record.key, z.unknown());
    await records.record(record, z.unknown());
    place.broken.add(stepRecordKey(record.name, record.key));
    assert.equal((await readAgain(5, place, recall)).at(-1), null);
    assert.equal(await recall(), null);
  });

  it('is named by an audit, which goes on with the others', async () => {
    const { refs, ...place } = await withObjects();
    const [ref, other] = refs;
    assert.ok(ref && other);
    place.broken.add(ref.key);
    await place.store.delete([other.key]);
    const store = watchDamage(place.disk, { failures: 1, during: 0, now: Date.now });
    const verified = { has: async () => false, add: async () => {} };
    const signal = new AbortController().signal;
    const differences = await verifyObjects(store, refs, { verified, onBytes: () => {}, signal });
    assert.deepEqual(
      differences.map(({ object }) => object),
      [ref.key, other.key],
    );
  });

  it('is forgotten when it is served in between', async () => {
    const { refs, ...place } = await withObjects();
    const [ref] = refs;
    assert.ok(ref);
    for (let round = 0; round < 3; round++) {
      place.broken.add(ref.key);
      const failures = await readAgain(4, place, () => place.artifacts.getBytes(ref));
      assert.ok(
        failures.every((error) => !(error instanceof UnreadableObjectError || error instanceof ArtifactLostError)),
      );
      place.broken.delete(ref.key);
      await place.artifacts.getBytes(ref);
    }
  });
});
