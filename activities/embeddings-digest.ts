/** One digest for the embeddings of many texts, whatever segments the cache has them in. */
import { createHash } from 'node:crypto';
import type { EmbeddingCache, ReadOptions } from '../adapters/embedding-cache/embedding-cache.ts';
import { positionsOf, sortByKey } from '../core/radix-order.ts';
import { gatherKeys, KEY_BYTES, keyAt, keyCount } from '../core/text-key.ts';
import { cacheOrder } from './cache-order.ts';

/** Rows in memory at a time. */
const BLOCK_ROWS = 1_024;

/**
 * SHA-256 over 64 bytes a text, in ascending order of their keys: the key, and the SHA-256 of the embedding as float32
 * little-endian. Each segment is read once; memory holds 200 bytes a text.
 *
 * @param keys packed, uint8 [n, 32], each once
 * @throws MissingEmbeddingsError
 */
export async function digestOfEmbeddings(
  cache: EmbeddingCache,
  keys: Uint8Array,
  options?: ReadOptions,
): Promise<string> {
  const stored = gatherKeys(keys, await cacheOrder(cache, keys));
  // A SHA-256 is as long as a key, which is one.
  const rowDigests = new Uint8Array(stored.length);
  let rows = 0;
  for await (const block of cache.stream(stored, BLOCK_ROWS, options))
    for (let start = 0; start < block.length; start += cache.dimensions) {
      const row = createHash('sha256').update(block.subarray(start, start + cache.dimensions));
      rowDigests.set(row.digest(), rows++ * KEY_BYTES);
    }
  if (rows !== keyCount(keys)) throw new RangeError(`${rows} embeddings of ${keyCount(keys)} texts`);
  const ascending = positionsOf(rows);
  sortByKey(ascending, stored);
  const digest = createHash('sha256');
  for (let start = 0; start < rows; start += BLOCK_ROWS) {
    const entries = Array.from(ascending.subarray(start, start + BLOCK_ROWS), (row) => [
      keyAt(stored, row),
      keyAt(rowDigests, row),
    ]);
    digest.update(Buffer.concat(entries.flat()));
  }
  return digest.digest('hex');
}
