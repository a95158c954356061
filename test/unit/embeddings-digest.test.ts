/** The digest of a part's embeddings: of the texts and their vectors, and of nothing about how the cache has them. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { digestOfEmbeddings } from '../../activities/embeddings-digest.ts';
import { EmbeddingCache } from '../../adapters/embedding-cache/embedding-cache.ts';
import { MissingEmbeddingsError } from '../../adapters/embedding-cache/missing-embeddings.ts';
import { segmentId } from '../../core/segments.ts';
import { packTextKeys, textKey } from '../../core/text-key.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';

const DIMENSIONS = 3;
const TEXTS = Array.from({ length: 40 }, (_, index) => `texte ${index}`);

/** A vector that only its text has. */
function vectorOf(text: string): Float32Array {
  return Float32Array.from({ length: DIMENSIONS }, (_, index) => (textKey(text)[index] ?? 0) / 256);
}

/** The texts in segments of `size`. */
async function cacheOf(texts: readonly string[], size: number): Promise<EmbeddingCache> {
  const cache = new EmbeddingCache(
    new MemoryObjectStore(),
    { digest: 'ab'.repeat(32), dimensions: DIMENSIONS },
    () => {},
  );
  for (let start = 0; start < texts.length; start += size) {
    const part = texts.slice(start, start + size);
    const keys = packTextKeys(part);
    const embeddings = Float32Array.from(part.flatMap((text) => [...vectorOf(text)]));
    await cache.put(segmentId(keys), { keys, embeddings });
  }
  return cache;
}

describe('digestOfEmbeddings', () => {
  it('is over key and SHA-256 of each vector, by ascending keys', async () => {
    const entries = TEXTS.map((text) =>
      Buffer.concat([
        textKey(text),
        createHash('sha256')
          .update(new Uint8Array(vectorOf(text).buffer))
          .digest(),
      ]),
    ).sort((a, b) => a.compare(b));
    const expected = createHash('sha256').update(Buffer.concat(entries)).digest('hex');
    assert.equal(await digestOfEmbeddings(await cacheOf(TEXTS, 40), packTextKeys(TEXTS)), expected);
  });

  it('is the same whatever the segments, and in whatever order the texts are asked for', async () => {
    const digest = await digestOfEmbeddings(await cacheOf(TEXTS, 40), packTextKeys(TEXTS));
    const others = [...TEXTS, 'un autre', 'encore un autre'].toReversed();
    assert.equal(await digestOfEmbeddings(await cacheOf(others, 7), packTextKeys(TEXTS.toReversed())), digest);
  });

  it('needs every text', async () => {
    const cache = await cacheOf(TEXTS.slice(1), 40);
    await assert.rejects(digestOfEmbeddings(cache, packTextKeys(TEXTS)), MissingEmbeddingsError);
  });
});
