import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { EmbeddingCache } from '../../adapters/embedding-cache/embedding-cache.ts';
import { segmentId } from '../../core/segments.ts';
import { keyAt, keyCount, packTextKeys } from '../../core/text-key.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';

const encoder = { digest: 'e'.repeat(64), dimensions: 4 };

let store: MemoryObjectStore;
let warnings: Record<string, unknown>[];
let cache: EmbeddingCache;

beforeEach(() => {
  store = new MemoryObjectStore();
  warnings = [];
  cache = open();
});

/** A cache as another process would open it: nothing remembered. */
function open(): EmbeddingCache {
  return new EmbeddingCache(store, encoder, (_, attributes) => void warnings.push(attributes));
}

/** A made-up embedding that tells texts, and encoders, apart. */
function embeddingsOf(keys: Uint8Array, add = 0): Float32Array {
  return Float32Array.from({ length: keyCount(keys) * 4 }, (_, value) => {
    const key = keyAt(keys, Math.floor(value / 4));
    return (key[value % 4] ?? 0) / 256 + add;
  });
}

/** Stores a segment of texts; returns its id and the object's key. */
async function putTexts(texts: readonly string[], add = 0, into = cache): Promise<{ id: string; key: string }> {
  const keys = packTextKeys(texts);
  const id = segmentId(keys);
  await into.put(id, { keys, embeddings: embeddingsOf(keys, add) });
  return { id, key: `embeddings/${encoder.digest}/${id}.safetensors` };
}

describe('locate', () => {
  test('finds what is stored and counts what is not', async () => {
    const first = await putTexts(['a', 'b']);
    await putTexts(['c']);
    const { segments, segmentOf, rowOf, missing } = await cache.locate(packTextKeys(['b', 'x', 'c', 'b', 'x']));
    assert.equal(missing, 2);
    assert.deepEqual(
      [...segmentOf].map((segment) => segment >= 0),
      [true, false, true, true, false],
    );
    assert.equal(segments[segmentOf[0]!], first.id);
    assert.deepEqual([rowOf[0], rowOf[2], rowOf[3]], [1, 0, 1]);
  });

  test('reads headers and keys only, and each once', async () => {
    await putTexts(['a', 'b', 'c']);
    await putTexts(['d']);
    const other = open();
    await other.locate(packTextKeys(['a']));
    assert.equal(store.bytesRead.getRange, 2 * 512 + 4 * 32);
    await putTexts(['e']);
    await other.locate(packTextKeys(['a', 'e']));
    assert.equal(store.bytesRead.getRange, 3 * 512 + 5 * 32);
    assert.equal(store.bytesRead.get, 0);
  });

  test('takes a text that two segments have from the one with the lower id', async () => {
    const ids = [await putTexts(['a', 'b']), await putTexts(['a', 'c']), await putTexts(['d', 'a'])].map(
      ({ id }) => id,
    );
    const { segments, segmentOf } = await open().locate(packTextKeys(['a']));
    assert.equal(segments[segmentOf[0]!], ids.toSorted()[0]);
  });

  test('does not see another encoder, nor objects that are no segments', async () => {
    await putTexts(['a']);
    await store.putIfAbsent(`embeddings/${encoder.digest}/notes.txt`, Buffer.from('hello'));
    const other = new EmbeddingCache(store, { digest: 'f'.repeat(64), dimensions: 4 }, () => assert.fail());
    assert.equal((await other.locate(packTextKeys(['a']))).missing, 1);
    assert.equal((await open().locate(packTextKeys(['a']))).missing, 0);
    assert.deepEqual(warnings, []);
  });

  test('forgets a segment that was deleted', async () => {
    const { key } = await putTexts(['a']);
    await cache.locate(packTextKeys(['a']));
    await store.delete([key]);
    assert.equal((await cache.locate(packTextKeys(['a']))).missing, 1);
  });

  test('passes on that the store is away, and takes no segment for corrupt', async () => {
    await putTexts(['a']);
    store.failNext('getRange', new Error('connection refused'));
    await assert.rejects(cache.locate(packTextKeys(['a'])), /connection refused/);
    assert.equal((await cache.locate(packTextKeys(['a']))).missing, 0);
    assert.deepEqual(warnings, []);
  });
});

describe('put', () => {
  test('of a segment that is there keeps the first one, whoever is faster', async () => {
    const keys = packTextKeys(['a', 'b']);
    const id = segmentId(keys);
    const written = await Promise.all(
      [0, 1, 2, 3].map(async (add) => open().put(id, { keys, embeddings: embeddingsOf(keys, add) })),
    );
    assert.equal(written.filter(Boolean).length, 1);
    assert.deepEqual(await cache.load(keys), embeddingsOf(keys, written.indexOf(true)));
  });

  test('refuses keys under another id', async () => {
    const keys = packTextKeys(['a']);
    await assert.rejects(cache.put('0'.repeat(64), { keys, embeddings: embeddingsOf(keys) }), RangeError);
    assert.deepEqual(store.keys(), []);
  });

  test('replaces a corrupt segment', async () => {
    const { id, key } = await putTexts(['a']);
    store.flipBit(key, -1);
    const keys = packTextKeys(['a']);
    assert.equal(await cache.put(id, { keys, embeddings: embeddingsOf(keys) }), true);
    assert.deepEqual(await cache.load(keys), embeddingsOf(keys));
    assert.equal(warnings[0]?.['key'], key);
  });
});

describe('load and stream', () => {
  const texts = Array.from({ length: 23 }, (_, index) => `text ${index}`);
  const keys = packTextKeys(texts);

  beforeEach(async () => {
    for (let start = 0; start < texts.length; start += 5) await putTexts(texts.slice(start, start + 5));
  });

  test('give embeddings in the order of the keys, repeated ones repeatedly', async () => {
    const order = packTextKeys(['text 22', 'text 3', 'text 3', 'text 11']);
    assert.deepEqual(await cache.load(order), embeddingsOf(order));
    assert.deepEqual(await cache.load(new Uint8Array()), new Float32Array());
  });

  test('stream the same rows in blocks', async () => {
    const blocks: Float32Array[] = [];
    for await (const block of cache.stream(keys, 10)) blocks.push(block);
    const rows = blocks.map((block) => block.length / encoder.dimensions);
    assert.deepEqual(rows, [10, 10, 3]);
    assert.deepEqual(Float32Array.from(blocks.flatMap((block) => [...block])), embeddingsOf(keys));
  });

  test('read a segment that two blocks share once', async () => {
    for await (const block of cache.stream(keys, 3)) assert.ok(block.length > 0);
    assert.equal(store.calls.get('get'), 5);
  });

  test('say how many embeddings are missing', async () => {
    const failure = { name: 'MissingEmbeddingsError', count: 2, message: /^2 of 4 texts/ };
    await assert.rejects(cache.load(packTextKeys(['text 1', 'x', 'y', 'text 2'])), failure);
  });

  test('refuse blocks without rows', async () => {
    await assert.rejects(cache.stream(keys, 0).next(), RangeError);
  });

  test('stop when told to', async () => {
    const reason = new Error('the worker shuts down');
    await assert.rejects(cache.load(keys, { signal: AbortSignal.abort(reason) }), reason);
  });

  test('take a text from another segment when its own one is corrupt', async () => {
    const copy = await putTexts(['text 0', 'only here']);
    const { segments, segmentOf } = await cache.locate(packTextKeys(['text 0']));
    const used = segments[segmentOf[0]!]!;
    store.flipBit(`embeddings/${encoder.digest}/${used}.safetensors`, -1);
    const wanted = packTextKeys(['text 0']);
    assert.deepEqual(await cache.load(wanted), embeddingsOf(wanted));
    assert.equal(warnings.length, 1);
    assert.equal((await cache.locate(packTextKeys(['only here']))).missing, used === copy.id ? 1 : 0);
  });
});

describe('a damaged segment', () => {
  const damages: Record<string, (key: string) => void> = {
    'without a byte': (key) => store.damage(key, () => new Uint8Array()),
    'cut in its header': (key) => store.damage(key, (body) => body.subarray(0, 300)),
    'cut between two rows': (key) => store.damage(key, (body) => body.subarray(0, 512 + 2 * 48)),
    'cut in a row': (key) => store.damage(key, (body) => body.subarray(0, -1)),
    'with bytes behind its end': (key) => store.damage(key, (body) => new Uint8Array([...body, 0])),
    'with a bad header length': (key) => store.flipBit(key, 1),
    'with a bad header': (key) => store.flipBit(key, 20),
    'with a bad key': (key) => store.flipBit(key, 512 + 40),
  };

  for (const [damage, inflict] of Object.entries(damages))
    test(`${damage} is a miss, reported once and written again`, async () => {
      const keys = packTextKeys(['a', 'b', 'c']);
      const { id, key } = await putTexts(['a', 'b', 'c']);
      inflict(key);
      const other = open();
      assert.equal((await other.locate(keys)).missing, 3);
      assert.equal((await other.locate(keys)).missing, 3);
      assert.deepEqual(
        warnings.map((warning) => warning['key']),
        [key],
      );
      assert.equal(await other.has(id), false);
      assert.equal(await other.put(id, { keys, embeddings: embeddingsOf(keys) }), true);
      assert.deepEqual(await other.load(keys), embeddingsOf(keys));
    });

  test('with a bad embedding is found out when it is read, and is a miss from then on', async () => {
    const keys = packTextKeys(['a', 'b', 'c']);
    const { id, key } = await putTexts(['a', 'b', 'c']);
    store.flipBit(key, -5);
    await assert.rejects(cache.load(keys), { name: 'MissingEmbeddingsError', count: 3 });
    assert.match(String(warnings[0]?.['reason']), /digest/);
    assert.equal(await open().has(id), false);
    assert.equal((await open().locate(keys)).missing, 3);
  });

  test('is not there for has', async () => {
    const { id, key } = await putTexts(['a']);
    assert.equal(await cache.has(id), true);
    store.flipBit(key, -1);
    assert.equal(await cache.has(id), false);
    assert.deepEqual(store.keys(), []);
  });
});

describe('describe', () => {
  test('counts segments, texts and bytes', async () => {
    assert.deepEqual(await cache.describe(), { segments: 0, texts: 0, bytes: 0 });
    await putTexts(['a', 'b']);
    const { key } = await putTexts(['c']);
    assert.deepEqual(await cache.describe(), { segments: 2, texts: 3, bytes: 2 * 512 + 3 * 48 });
    store.damage(key, (body) => body.subarray(0, 100));
    assert.deepEqual(await cache.describe(), { segments: 2, texts: 2, bytes: 512 + 2 * 48 + 100 });
  });
});
