/** What a cache knows of its segments' keys: read once for all callers, seen as of the call, and not in memory. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { encoderCaches } from '../../adapters/embedding-cache/encoder-caches.ts';
import { EmbeddingCache } from '../../adapters/embedding-cache/embedding-cache.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { segmentId } from '../../core/segments.ts';
import { packTextKeys } from '../../core/text-key.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';
import { storeWith } from '../fixtures/store-with.ts';

const encoder = { digest: 'e'.repeat(64), dimensions: 2 };
const SEGMENTS = 40;
const ROWS = 100;

function open(store: ObjectStore): EmbeddingCache {
  return new EmbeddingCache(store, encoder, () => assert.fail('a segment was found to be corrupt'));
}

function textsOf(segment: number): string[] {
  return Array.from({ length: ROWS }, (_, row) => `text ${row} of ${segment}`);
}

async function put(store: ObjectStore, texts: readonly string[]): Promise<void> {
  const keys = packTextKeys(texts);
  await open(store).put(segmentId(keys), { keys, embeddings: new Float32Array(texts.length * encoder.dimensions) });
}

async function filledStore(): Promise<MemoryObjectStore> {
  const store = new MemoryObjectStore();
  for (let segment = 0; segment < SEGMENTS; segment++) await put(store, textsOf(segment));
  store.calls.clear();
  return store;
}

/** Bytes handed out by `getRange` that are still reachable. */
function watched(store: ObjectStore): { readonly store: ObjectStore; readonly reachable: () => number } {
  const handedOut: WeakRef<ArrayBufferLike>[] = [];
  return {
    store: storeWith(store, {
      getRange: async (key, start, end) => {
        const bytes = await store.getRange(key, start, end);
        if (bytes) handedOut.push(new WeakRef(bytes.buffer));
        return bytes;
      },
    }),
    reachable: () => handedOut.filter((reference) => reference.deref() !== undefined).length,
  };
}

/** Resolves in a later turn, in which no WeakRef is kept alive by having been made. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  await new Promise((resolve) => setImmediate(resolve));
  gc();
}

describe('a cache that many ask at the same time', () => {
  it('reads each key range once, and lists once for all who wait', async () => {
    const store = await filledStore();
    const cache = open(store);
    const asked = Array.from({ length: 16 }, (_, caller) => packTextKeys([...textsOf(caller), 'nowhere']));
    const found = await Promise.all(asked.map(async (keys) => cache.locate(keys)));
    assert.deepEqual(
      found.map(({ missing }) => missing),
      Array<number>(16).fill(1),
    );
    assert.equal(store.calls.get('getRange'), SEGMENTS);
    assert.equal(store.calls.get('list'), 1);
  });

  it('answers who comes while it lists by a later listing, which sees what they have written', async () => {
    const store = await filledStore();
    let finishListing = (): void => {};
    const listed = new Promise<void>((resolve) => (finishListing = resolve));
    let beginListing = (): void => {};
    const listing = new Promise<void>((resolve) => (beginListing = resolve));
    let first = true;
    const slow = storeWith(store, {
      async *list(prefix) {
        const objects: { key: string; bytes: number; modified: Date }[] = [];
        for await (const object of store.list(prefix)) objects.push(object);
        if (first) {
          first = false;
          beginListing();
          await listed;
        }
        yield* objects;
      },
    });
    const cache = open(slow);
    const early = cache.locate(packTextKeys(['late']));
    await listing;
    await put(store, ['late']);
    const late = [cache.locate(packTextKeys(['late'])), cache.locate(packTextKeys(['late']))];
    finishListing();
    assert.equal((await early).missing, 1);
    assert.deepEqual(
      (await Promise.all(late)).map(({ missing }) => missing),
      [0, 0],
    );
    assert.equal(store.calls.get('list'), 2);
    assert.equal(store.calls.get('getRange'), SEGMENTS + 1);
  });

  it('keeps what it had read when the store went away, but for the reads that were going on', async () => {
    const store = await filledStore();
    let reads = 0;
    const failing = storeWith(store, {
      getRange: async (key, start, end) => {
        if (++reads === SEGMENTS) throw new Error('connection refused');
        return store.getRange(key, start, end);
      },
    });
    const cache = open(failing);
    await assert.rejects(cache.locate(packTextKeys(['x'])), /connection refused/);
    assert.equal((await cache.locate(packTextKeys(textsOf(3)))).missing, 0);
    assert.ok((store.calls.get('getRange') ?? 0) < SEGMENTS + 16);
  });
});

describe('the memory of a cache', () => {
  it('holds no key of a segment between two calls', async () => {
    const { store, reachable } = watched(await filledStore());
    const cache = open(store);
    assert.equal((await cache.locate(packTextKeys(textsOf(7)))).missing, 0);
    await collectGarbage();
    assert.equal(reachable(), 0);
    assert.equal((await cache.locate(packTextKeys(textsOf(8)))).missing, 0);
  });
});

describe('encoderCaches', () => {
  it('gives the activities of one worker the same cache of an encoder', async () => {
    const store = await filledStore();
    const cacheOf = encoderCaches(store, () => {}, '/nowhere');
    assert.equal(cacheOf(encoder), cacheOf({ ...encoder }));
    assert.notEqual(cacheOf(encoder), cacheOf({ ...encoder, digest: 'f'.repeat(64) }));
  });

  it('forgets the encoder that was used longest ago', () => {
    const cacheOf = encoderCaches(new MemoryObjectStore(), () => {}, '/nowhere');
    const numbered = (number: number) => cacheOf({ digest: `${number}`.padStart(64, '0'), dimensions: 2 });
    const caches = Array.from({ length: 6 }, (_, number) => numbered(number));
    assert.equal(numbered(0), caches[0]);
    numbered(6);
    assert.equal(numbered(0), caches[0]);
    assert.notEqual(numbered(1), caches[1]);
  });
});
