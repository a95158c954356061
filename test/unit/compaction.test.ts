import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { EmbeddingCache } from '../../adapters/embedding-cache/embedding-cache.ts';
import { SETTLED_AFTER_MS } from '../../adapters/embedding-cache/compaction.ts';
import { groupSegments, mostRows, redundantSegments } from '../../core/merge-segments.ts';
import { segmentId } from '../../core/segments.ts';
import { keyAt, keyCount, packTextKeys } from '../../core/text-key.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';

const encoder = { digest: 'e'.repeat(64), dimensions: 4 };

let store: MemoryObjectStore;
let cache: EmbeddingCache;

beforeEach(() => {
  store = new MemoryObjectStore();
  cache = open();
});

/** A cache as another process would open it: nothing remembered. */
function open(): EmbeddingCache {
  return new EmbeddingCache(store, encoder, () => {});
}

function embeddingsOf(keys: Uint8Array): Float32Array {
  return Float32Array.from({ length: keyCount(keys) * 4 }, (_, value) => {
    return (keyAt(keys, Math.floor(value / 4))[value % 4] ?? 0) / 256;
  });
}

async function putTexts(texts: readonly string[]): Promise<void> {
  const keys = packTextKeys(texts);
  await cache.put(segmentId(keys), { keys, embeddings: embeddingsOf(keys) });
}

function textsFrom(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => `texte ${from + index}`);
}

async function assertHolds(expected: readonly string[], in_ = open()): Promise<void> {
  const keys = packTextKeys(expected);
  assert.deepEqual(await in_.load(keys), embeddingsOf(keys));
}

const soon = (): number => Date.now() + 1_000;
const later = (): number => Date.now() + SETTLED_AFTER_MS + 1_000;

describe('compact', () => {
  test('merges small segments into one with each text once, and keeps the small ones for those who have seen them', async () => {
    for (let night = 0; night < 5; night++) await putTexts(textsFrom(10 * night, 10 * night + 12));
    assert.deepEqual(await cache.compact(soon()), { written: 1, removed: 0 });
    const { segments, texts } = await cache.describe();
    assert.deepEqual([segments, texts], [6, 5 * 12 + 52]);
    await assertHolds(textsFrom(0, 52));
  });

  test('has nothing to do a second time, until the small ones may go', async () => {
    for (let night = 0; night < 5; night++) await putTexts(textsFrom(10 * night, 10 * night + 10));
    await cache.compact(soon());
    assert.deepEqual(await open().compact(soon()), { written: 0, removed: 0 });
    assert.deepEqual(await open().compact(later()), { written: 0, removed: 5 });
    assert.deepEqual(await open().compact(later()), { written: 0, removed: 0 });
    assert.equal((await cache.describe()).segments, 1);
    await assertHolds(textsFrom(0, 50));
  });

  test('writes the same bytes whoever does it, and in whatever order the segments came', async () => {
    const nights = [textsFrom(0, 7), textsFrom(7, 20), textsFrom(20, 24)];
    const keysOfOrder = async (order: readonly number[]): Promise<string[]> => {
      store = new MemoryObjectStore();
      cache = open();
      for (const night of order) await putTexts(nights[night] ?? []);
      await cache.compact(soon());
      await cache.compact(later());
      return store.keys();
    };
    assert.deepEqual(await keysOfOrder([0, 1, 2]), await keysOfOrder([2, 0, 1]));
  });

  test('goes on beside a reader that has located its texts and one that begins', async () => {
    for (let night = 0; night < 6; night++) await putTexts(textsFrom(10 * night, 10 * night + 10));
    const reader = open();
    const blocks = reader.stream(packTextKeys(textsFrom(0, 60)), 10);
    const read = [(await blocks.next()).value];
    await cache.compact(soon());
    await cache.compact(later());
    for await (const block of blocks) read.push(block);
    assert.equal(read.length, 6);
    const all = embeddingsOf(packTextKeys(textsFrom(0, 60)));
    assert.deepEqual(
      read.flatMap((block) => [...(block ?? [])]),
      [...all],
    );
    await assertHolds(textsFrom(0, 60));
  });

  test('leaves out a segment that has become corrupt, whose texts are missing from then on', async () => {
    await putTexts(textsFrom(0, 10));
    await putTexts(textsFrom(10, 20));
    await putTexts(textsFrom(20, 30));
    const damaged = store.keys()[0] ?? '';
    store.flipBit(damaged, -1);
    assert.deepEqual(await cache.compact(soon()), { written: 0, removed: 0 });
    assert.ok(!store.keys().includes(damaged));
    assert.deepEqual(await cache.compact(soon()), { written: 1, removed: 0 });
    assert.equal((await open().locate(packTextKeys(textsFrom(0, 30)))).missing, 10);
  });

  test('stops between two groups when told to', async () => {
    await putTexts(['a']);
    await putTexts(['b']);
    await assert.rejects(cache.compact(soon(), { signal: AbortSignal.abort(new Error('shut down')) }), /shut down/);
  });
});

describe('which segments', () => {
  const segment = (words: readonly string[]) => {
    const keys = packTextKeys(words);
    return { id: segmentId(keys), keys };
  };

  test('are redundant: those that larger ones cover together, never all that have a text', () => {
    const [ab, cd, abc, dea] = [
      segment(['a', 'b']),
      segment(['c', 'd']),
      segment(['a', 'b', 'c']),
      segment(['d', 'e', 'a']),
    ];
    const all = [ab, cd, abc, dea];
    assert.deepEqual(redundantSegments(all, all), [ab, cd]);
    assert.deepEqual(redundantSegments(all, [abc]), [ab]);
    assert.deepEqual(redundantSegments(all, []), []);
    const twins = [segment(['a', 'b']), segment(['b', 'a'])];
    assert.equal(redundantSegments(twins, twins).length, 1);
  });

  test('are merged: neighbours by id, up to the limit, none alone', () => {
    const segments = Array.from({ length: 7 }, (_, index) => segment([`${index}a`, `${index}b`]));
    const groups = groupSegments(segments, 6);
    assert.deepEqual(
      groups.map((group) => group.length),
      [3, 3],
    );
    const ids = groups.flat().map(({ id }) => id);
    assert.deepEqual(ids, ids.toSorted());
    assert.equal(mostRows(1_024), 8_128);
  });
});
