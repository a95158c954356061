/** Each call of the store, through a proxy that does to its requests what networks, proxies and servers do. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { openS3, type S3Limits } from '../../adapters/object-store/s3.ts';
import { sha256OfStream } from '../../adapters/object-store/file-digest.ts';
import { withRequestScope } from '../../adapters/requests/request-scope.ts';
import { sha256 } from '../../core/canonical.ts';
import { FakeS3, fakeS3Options, HASTY } from '../fixtures/fake-s3.ts';
import { type Fault, FaultProxy } from '../fixtures/fault-proxy.ts';

const BODY = Buffer.alloc(300_000, 'Article L1234-9 du code du travail. ');
const LISTED = ['listed/a', 'listed/b', 'listed/c', 'listed/d'];

let fake: FakeS3;
let written = 0;
const proxies: FaultProxy[] = [];
const folder = mkdtempSync(join(tmpdir(), 'veille-s3-faults-'));

before(async () => {
  fake = await FakeS3.start();
  const store = openS3(fakeS3Options(`http://127.0.0.1:${fake.port}`));
  for (const key of ['object', ...LISTED]) await store.putIfAbsent(key, BODY);
});
after(async () => {
  for (const proxy of proxies) await proxy.stop();
  await fake.stop();
});

/** Each method of the store, with what it gives when nothing goes wrong. */
const CALLS: Readonly<Record<string, (store: ObjectStore) => Promise<void>>> = {
  async head(store) {
    assert.equal((await store.head('object'))?.sha256, sha256(BODY));
  },
  async get(store) {
    assert.ok(BODY.equals((await store.get('object'))!.body));
  },
  async getRange(store) {
    assert.ok(BODY.subarray(1_000, 200_000).equals((await store.getRange('object', 1_000, 200_000))!));
  },
  async getStream(store) {
    assert.equal(await sha256OfStream((await store.getStream('object'))!), sha256(BODY));
  },
  async putIfAbsent(store) {
    const body = Buffer.from(`new ${written++}`);
    assert.equal(await store.putIfAbsent(`new/${sha256(body)}`, body), true);
    assert.deepEqual((await fake.objects.get(`new/${sha256(body)}`))?.body, new Uint8Array(body));
  },
  async 'putIfAbsent of a file'(store) {
    const [file, key] = [join(folder, `${written}`), `file/${written++}`];
    writeFileSync(file, `${BODY.toString()} ${key}`);
    assert.equal(await store.putIfAbsent(key, { file }), true);
    assert.equal((await fake.objects.head(key))?.sha256, sha256(`${BODY.toString()} ${key}`));
  },
  async putIfMatch(store) {
    const [key, body] = [`moved/${written}`, Buffer.from(`moved ${written++}`)];
    await fake.objects.putIfAbsent(key, Buffer.from('before'));
    assert.equal(await store.putIfMatch(key, body, (await fake.objects.head(key))!.etag), true);
    assert.deepEqual((await fake.objects.get(key))?.body, new Uint8Array(body));
  },
  async delete(store) {
    const key = `deleted/${written++}`;
    await fake.objects.putIfAbsent(key, BODY);
    await store.delete([key]);
    assert.equal(await fake.objects.head(key), null);
  },
  async list(store) {
    const keys: string[] = [];
    for await (const { key } of store.list('listed/')) keys.push(key);
    assert.deepEqual(keys, LISTED);
  },
};

const answers = (status: number, code?: string): Fault => ({
  kind: 'answer',
  status,
  ...(code !== undefined && { code }),
});

/** What each fault is when it does not pass. */
const UNAVAILABLE = { name: 'StoreUnavailableError', message: /^The object store s3:\/\/veille\/ is not reachable/ };
const REFUSED = { name: 'StoreRefusedError', message: /^The object store s3:\/\/veille\/ refuses/ };
const FAULTS: readonly (readonly [string, Fault, { readonly name: string; readonly message: RegExp }])[] = [
  ['a connection that is closed', { kind: 'refuse' }, UNAVAILABLE],
  ['a request that is never answered', { kind: 'silence' }, UNAVAILABLE],
  ['an answer that is lost', { kind: 'lose' }, UNAVAILABLE],
  ['301 of another region', answers(301, 'PermanentRedirect'), { ...REFUSED, message: /Set AWS_REGION/ }],
  ['400', answers(400, 'InvalidRequest'), REFUSED],
  ['400 of a slow upload', answers(400, 'RequestTimeout'), UNAVAILABLE],
  ['an expired token', answers(400, 'ExpiredToken'), { ...UNAVAILABLE, message: /ExpiredToken: renew the AWS/ }],
  ['a wrong clock', answers(403, 'RequestTimeTooSkewed'), { ...UNAVAILABLE, message: /set the clock/ }],
  ['403 of a right that lacks', answers(403, 'AccessDenied'), { ...REFUSED, message: /AccessDenied.*the right to/ }],
  ['403 of a wrong key', answers(403, 'SignatureDoesNotMatch'), { ...REFUSED, message: /Check the AWS credentials/ }],
  ['404 of the bucket', answers(404, 'NoSuchBucket'), { ...REFUSED, message: /Create the bucket/ }],
  ['404 of a proxy', answers(404), { ...REFUSED, message: /HTTP 404.*Check S3_ENDPOINT/ }],
  ['409', answers(409, 'OperationAborted'), UNAVAILABLE],
  ['500', answers(500, 'InternalError'), UNAVAILABLE],
  ['501', answers(501, 'NotImplemented'), { ...REFUSED, message: /Take a server with conditional writes/ }],
  ['503', answers(503, 'SlowDown'), UNAVAILABLE],
  ['503 of a proxy', answers(503), UNAVAILABLE],
  ['a sign-in page with 200', answers(200), UNAVAILABLE],
];

/** What happens to bodies: calls whose answers have none are lost with them. */
const BODY_FAULTS: readonly (readonly [string, Fault])[] = [
  ['a body that is cut', { kind: 'cut' }],
  ['a body that stalls', { kind: 'stall' }],
];

/** HEAD answers have no body: that of a missing bucket looks like that of a missing object. */
const HEAD_SEES_NOTHING = new Set(['404 of the bucket']);

const calls = Object.entries(CALLS);

/** Only what never comes is not waited for. */
function patienceWith({ kind }: Fault): Partial<S3Limits> {
  return kind === 'silence' || kind === 'stall' ? { idle: 100 } : {};
}

/** A store, and the proxy between it and its server. */
async function opened(limits: Partial<S3Limits> = {}): Promise<{ store: ObjectStore; proxy: FaultProxy }> {
  const proxy = await FaultProxy.before({ host: '127.0.0.1', port: fake.port });
  proxies.push(proxy);
  const store = openS3({ ...fakeS3Options(proxy.endpoint), limits: { ...HASTY, ...limits } });
  return { store, proxy };
}

describe('a fault that passes is nobody’s but the store’s', () => {
  for (const [name, fault] of [...FAULTS, ...BODY_FAULTS])
    it(name, async () => {
      const { store, proxy } = await opened(patienceWith(fault));
      for (const [method, call] of calls) {
        if (method === 'head' && HEAD_SEES_NOTHING.has(name)) continue;
        const left = [fault];
        proxy.fault = () => left.pop() ?? null;
        await call(store);
      }
    });

  it('bytes that are changed on their way', async () => {
    const { store, proxy } = await opened();
    const left: Fault[] = [{ kind: 'corrupt' }];
    proxy.fault = () => left.pop() ?? null;
    await CALLS['get']!(store);
  });
});

describe('a fault that stays ends within a bounded number of requests, by its name', () => {
  const rejects = async (fault: Fault, expected: object, left: readonly string[] = []): Promise<void> => {
    const { store, proxy } = await opened(patienceWith(fault));
    const failing = calls.filter(([method]) => !left.includes(method));
    proxy.fault = () => fault;
    proxy.requests.length = 0;
    await Promise.all(failing.map(([method, call]) => assert.rejects(call(store), expected, method)));
    assert.ok(proxy.requests.length <= 6 * failing.length, `${proxy.requests.length} requests`);
  };

  for (const [name, fault, expected] of FAULTS)
    it(name, () => rejects(fault, expected, HEAD_SEES_NOTHING.has(name) ? ['head'] : []));

  for (const [name, fault] of BODY_FAULTS) it(name, () => rejects(fault, UNAVAILABLE, ['head']));

  it('bytes that are not those that were stored', async () => {
    const { store, proxy } = await opened();
    proxy.fault = () => ({ kind: 'corrupt' });
    const damaged = { name: 'StoredBytesDamagedError', message: /^Object object in s3:\/\/veille\/ is damaged/ };
    await assert.rejects(CALLS['get']!(store), damaged);
    await assert.rejects(CALLS['getStream']!(store), damaged);
  });
});

describe('a conditional write whose answer is lost', () => {
  const [ours, theirs] = [Buffer.from('ours'), Buffer.from('theirs')];
  const lost = async (between: (key: string) => Promise<void>): Promise<boolean[]> => {
    const results: boolean[] = [];
    for (const isNew of [true, false]) {
      const { store, proxy } = await opened();
      const key = `lost/${written++}`;
      if (!isNew) await fake.objects.putIfAbsent(key, Buffer.from('before'));
      const etag = (await fake.objects.head(key))?.etag ?? '';
      const puts = [(): Fault => ({ kind: 'lose' })];
      proxy.fault = ({ method }) => (method === 'PUT' ? (puts.pop()?.() ?? null) : null);
      proxy.onPassed = async ({ method }) => {
        proxy.onPassed = async () => {};
        if (method === 'PUT') await between(key);
      };
      results.push(isNew ? await store.putIfAbsent(key, ours) : await store.putIfMatch(key, ours, etag));
    }
    return results;
  };

  it('was done where the object is what was to be written', async () => {
    assert.deepEqual(await lost(async () => {}), [true, true]);
  });

  it('was done where a server that keeps no digests has those bytes', async () => {
    fake.keepsChecksums = false;
    assert.deepEqual(await lost(async () => {}), [true, true]);
    fake.keepsChecksums = true;
  });

  it('counts as lost to another one that came right after it', async () => {
    const replace = async (key: string): Promise<void> => {
      await fake.objects.putIfMatch(key, theirs, (await fake.objects.head(key))!.etag);
    };
    assert.deepEqual(await lost(replace), [false, false]);
  });

  it('counts as refused, without a further look, where the first answer is a refusal', async () => {
    const { store, proxy } = await opened();
    proxy.requests.length = 0;
    assert.equal(await store.putIfAbsent('object', BODY), false);
    assert.equal(proxy.requests.length, 1);
  });
});

describe('an upload of a file', () => {
  it('goes through although the file is removed meanwhile', async () => {
    const { store, proxy } = await opened();
    const file = join(folder, 'removed');
    writeFileSync(file, BODY);
    const faults: Fault[] = [{ kind: 'refuse' }];
    proxy.fault = () => {
      rmSync(file, { force: true });
      return faults.pop() ?? null;
    };
    assert.equal(await store.putIfAbsent('removed', { file }), true);
    assert.equal((await fake.objects.head('removed'))?.sha256, sha256(BODY));
  });

  it('fails, and ends no process, where the file becomes shorter or other bytes', async () => {
    for (const change of [Buffer.alloc(BODY.length), Buffer.from('shorter')]) {
      const { store, proxy } = await opened();
      const file = join(folder, 'changed');
      writeFileSync(file, BODY);
      const faults: Fault[] = [{ kind: 'refuse' }];
      proxy.fault = () => {
        writeFileSync(file, change);
        return faults.pop() ?? null;
      };
      const changed = { name: 'FileChangedError', message: /changed while it was stored$/ };
      await assert.rejects(store.putIfAbsent(`changed/${change.length}`, { file }), changed);
    }
  });

  it('says which file is not there', async () => {
    const { store } = await opened();
    await assert.rejects(store.putIfAbsent('none', { file: join(folder, 'none') }), /ENOENT.*none/);
  });
});

describe('requests', () => {
  it('end at once when nobody wants their answers any more', async () => {
    const { store, proxy } = await opened({ idle: 60_000 });
    const stop = new AbortController();
    proxy.fault = () => {
      stop.abort(new Error('a sibling failed'));
      return { kind: 'silence' };
    };
    const asked = withRequestScope({ signal: stop.signal }, () => store.get('object'));
    await assert.rejects(asked, /a sibling failed/);
    assert.equal(proxy.requests.at(-1)?.method, 'GET');
  });

  it('are not tried again after the last try was asked for, and say what they wait for until then', async () => {
    const { store, proxy } = await opened();
    const lastTry = new AbortController();
    const waits: (string | null)[] = [];
    proxy.fault = () => answers(503, 'SlowDown');
    proxy.requests.length = 0;
    const onWait = (_: symbol, what: string | null): void => {
      waits.push(what);
      if (waits.length === 2) lastTry.abort();
    };
    const asked = withRequestScope({ lastTry: lastTry.signal, onWait }, () => store.head('object'));
    await assert.rejects(asked, UNAVAILABLE);
    assert.equal(proxy.requests.length, 2);
    const waiting = 'the object store s3://veille/: it answers 503';
    assert.deepEqual(waits, [`${waiting} (attempt 2)`, `${waiting} (attempt 3)`, null]);
  });

  it('delete one by one where the server knows no other way', async () => {
    const { store, proxy } = await opened();
    fake.deletesInBatches = false;
    await CALLS['delete']!(store);
    proxy.requests.length = 0;
    await CALLS['delete']!(store);
    assert.deepEqual(
      proxy.requests.map(({ method }) => method),
      ['DELETE'],
    );
    fake.deletesInBatches = true;
  });

  it('delete one by one where the server refuses several at once in words of its own', async () => {
    for (const [status, code] of [
      [400, 'MissingContentMD5'],
      [400, 'MalformedXML'],
      [405, 'MethodNotAllowed'],
      [501, 'NotImplemented'],
    ] as const) {
      const { store, proxy } = await opened();
      proxy.fault = ({ method }) => (method === 'POST' ? answers(status, code) : null);
      await CALLS['delete']!(store);
    }
  });

  it('for bytes behind the end of an object are an error of range', async () => {
    const { store } = await opened();
    await assert.rejects(store.getRange('object', BODY.length + 5, BODY.length + 9), RangeError);
    await assert.rejects(store.getRange('object', BODY.length - 5, BODY.length + 9), RangeError);
  });
});
