import assert from 'node:assert/strict';
import test from 'node:test';
import pc from 'picocolors';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { StoreUnavailableError } from '../../adapters/object-store/store-error.ts';
import { type Check, runChecks, warn } from '../../cli/doctor/check.ts';
import { objectStoreCheck } from '../../cli/doctor/object-store.ts';
import { checkLines } from '../../cli/render/check-lines.ts';

/** A bucket in memory that can be made to ignore either condition. */
function bucket(honours: { ifNoneMatch: boolean; ifMatch: boolean }): {
  store: ObjectStore;
  readonly keys: () => string[];
} {
  const objects = new Map<string, { body: Uint8Array; etag: string }>();
  let version = 0;
  const put = (key: string, body: Uint8Array): true => {
    objects.set(key, { body, etag: `"${version++}"` });
    return true;
  };
  const unused = (): never => assert.fail('the doctor needs no such call');
  const store: ObjectStore = {
    url: 's3://test',
    get: async (key) => objects.get(key) ?? null,
    putIfAbsent: async (key, body) => !(honours.ifNoneMatch && objects.has(key)) && put(key, body as Uint8Array),
    putIfMatch: async (key, body, etag) =>
      !(honours.ifMatch && objects.get(key)?.etag !== etag) && put(key, body as Uint8Array),
    delete: async (keys) => keys.forEach((key) => objects.delete(key)),
    head: unused,
    getRange: unused,
    getStream: unused,
    list: unused,
  };
  return { store, keys: () => [...objects.keys()] };
}

async function only(check: Check): ReturnType<typeof runChecks> extends Promise<(infer R)[]> ? Promise<R> : never {
  const [result] = await runChecks([check]);
  return result ?? assert.fail('no result');
}

test('a bucket that honours both conditions is ok, and left as it was', async () => {
  const { store, keys } = bucket({ ifNoneMatch: true, ifMatch: true });
  assert.equal((await only(objectStoreCheck(store))).state, 'ok');
  assert.deepEqual(keys(), []);
});

test('a bucket that ignores If-None-Match fails', async () => {
  const { store, keys } = bucket({ ifNoneMatch: false, ifMatch: true });
  const { state, detail } = await only(objectStoreCheck(store));
  assert.equal(state, 'fail');
  assert.match(detail, /If-None-Match/);
  assert.deepEqual(keys(), []);
});

test('a bucket that ignores If-Match fails', async () => {
  const { store } = bucket({ ifNoneMatch: true, ifMatch: false });
  assert.match((await only(objectStoreCheck(store))).detail, /If-Match is ignored/);
});

test('an unreachable store fails, and a local one that is not running is a warning', async () => {
  const away = async (): Promise<never> => {
    throw new StoreUnavailableError('s3://test', 'PUT', { cause: new Error('connect ECONNREFUSED') });
  };
  const { store } = bucket({ ifNoneMatch: true, ifMatch: true });
  assert.equal((await only(objectStoreCheck({ ...store, putIfAbsent: away }))).state, 'fail');
  assert.equal((await only(objectStoreCheck(null))).state, 'warn');
});

test('each finding is a line, and what is not ok has its fix beneath', async () => {
  const results = await runChecks([
    { name: 'Node', fix: '', look: async () => 'v20.20.2' },
    { name: 'GPU', fix: '', look: async () => warn('none', 'buy one') },
    { name: 'Python', fix: 'run: npm run setup', look: async () => Promise.reject(new Error('not there\nTraceback')) },
  ]);
  assert.deepEqual(checkLines(results, pc.createColors(false)), [
    'ok    Node    v20.20.2',
    'warn  GPU     none',
    '              → buy one',
    'FAIL  Python  not there',
    '              → run: npm run setup',
  ]);
});
