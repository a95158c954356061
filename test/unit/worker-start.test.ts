/** What a worker does at its start with a bucket that can't be used, and with an error that nobody owns. */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { pino } from 'pino';
import { durable } from '../../activities/durable.ts';
import { examineStore } from '../../adapters/object-store/examine-store.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { openS3 } from '../../adapters/object-store/s3.ts';
import { StoreRefusedError, StoreUnavailableError } from '../../adapters/object-store/store-error.ts';
import { checkStore } from '../../workers/check-store.ts';
import { endOnUncaught } from '../../workers/end-on-uncaught.ts';
import { runActivity } from '../fixtures/activity-deps.ts';
import { FakeS3, fakeS3Options } from '../fixtures/fake-s3.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';

const silent = pino({ level: 'silent' });
const never = new AbortController().signal;

/** A bucket in memory, but for some of its answers. */
function storeWith(changes: Partial<ObjectStore>): ObjectStore & { readonly keys: () => string[] } {
  const memory = new MemoryObjectStore();
  return Object.assign(Object.create(memory) as MemoryObjectStore, {
    get: memory.get.bind(memory),
    putIfAbsent: memory.putIfAbsent.bind(memory),
    putIfMatch: memory.putIfMatch.bind(memory),
    delete: memory.delete.bind(memory),
    keys: memory.keys.bind(memory),
    ...changes,
  });
}

const away = async (): Promise<never> => {
  throw new StoreUnavailableError('s3://b/', 'put k', { cause: new Error('ECONNREFUSED') });
};

describe('the first look at a bucket', () => {
  it('leaves nothing behind where all is well, with single deletes too', async (t) => {
    const fake = await FakeS3.start();
    t.after(() => fake.stop());
    for (const deletesInBatches of [true, false]) {
      fake.deletesInBatches = deletesInBatches;
      await checkStore(openS3(fakeS3Options(`http://127.0.0.1:${fake.port}`)), silent, never);
      assert.deepEqual(fake.objects.keys(), []);
    }
  });

  it('refuses by name a bucket that ignores conditions or deletes', async () => {
    const memory = new MemoryObjectStore();
    for (const [changes, message] of [
      [{ putIfAbsent: async () => true }, /If-None-Match: \* is ignored/],
      [{ putIfAbsent: async () => false }, /a write under a free key was refused/],
      [{ delete: async () => undefined }, /an object that was deleted is still there/],
      [{ get: async () => null }, /reads back as missing/],
    ] as const)
      await assert.rejects(checkStore(storeWith(changes), silent, never), { name: 'StoreUnfitError', message });
    await assert.rejects(
      examineStore(
        storeWith({ putIfMatch: async (key, body) => memory.putIfAbsent(`${key}x`, body).then(() => true) }),
      ),
      /If-Match is ignored/,
    );
  });

  it('refuses a bucket of another region, and one that may not be written', async () => {
    const refused = new StoreRefusedError('s3://b/', 'put k', 'Set AWS_REGION', {
      cause: new Error('moved'),
      code: 'PermanentRedirect',
    });
    const store = storeWith({ putIfAbsent: () => Promise.reject(refused) });
    await assert.rejects(checkStore(store, silent, never), /PermanentRedirect.*Set AWS_REGION/);
  });

  it('does not wait for a bucket that is away, and examines it once it is there', async () => {
    const seen = new EventEmitter();
    let looks = 0;
    const memory = new MemoryObjectStore();
    const store = storeWith({
      putIfAbsent: async (key, body) => (++looks === 1 ? away() : memory.putIfAbsent(key, body)),
      get: memory.get.bind(memory),
      putIfMatch: memory.putIfMatch.bind(memory),
      delete: async (keys) => void (await memory.delete(keys), seen.emit('examined')),
    });
    const examined = once(seen, 'examined');
    await checkStore(store, silent, never, 1);
    assert.equal(looks, 1);
    // Its own timer holds no process.
    const alive = setInterval(() => undefined, 1_000);
    await examined;
    clearInterval(alive);
    assert.deepEqual(memory.keys(), []);
  });
});

describe('an error that nobody owns', () => {
  it('is logged with the activity in which it arose before the worker ends', async () => {
    const lines: string[] = [];
    const logger = pino({ level: 'fatal' }, { write: (line: string) => void lines.push(line) });
    const earlier = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    const exits: number[] = [];
    const ended = new EventEmitter();
    const stop = endOnUncaught(logger, (code) => void (exits.push(code), ended.emit('end')));
    try {
      const activities = durable({
        embedPart: async () => {
          setImmediate(() => {
            throw new Error('a stream failed');
          });
          await once(ended, 'end');
          await turn();
        },
      });
      await runActivity(activities.embedPart, undefined as never);
    } finally {
      stop();
      for (const listener of earlier) process.on('uncaughtException', listener);
    }
    assert.deepEqual(exits, [1]);
    const [line] = lines.map((one) => JSON.parse(one) as Record<string, unknown>);
    assert.match(String(line?.['msg']), /^the worker ends: uncaught error in activity embedPart: a stream failed$/);
    assert.match(String(line?.['error']), /a stream failed/);
    assert.match(JSON.stringify(line?.['running']), /embedPart/);
  });
});
