/** One digest for the embeddings of many texts, whatever segments the cache has them in. */
import { createHash } from 'node:crypto';
import type { EmbeddingCache, ReadOptions } from '../adapters/embedding-cache/embedding-cache.ts';
import { gatherKeys, KEY_BYTES, keyAt, keyCount } from '../core/text-key.ts';
import { cacheOrder } from './cache-order.ts';

/** Rows in memory at a time. */
const BLOCK_ROWS = 1_024;

/**
 * SHA-256 over 64 bytes a text, in ascending order of their keys: the key, and the SHA-256 of the embedding as float32
 * little-endian. Each segment is read once.
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
  const entries: Buffer[] = [];
  for await (const block of cache.stream(stored, BLOCK_ROWS, options))
    for (let start = 0; start < block.length; start += cache.dimensions) {
      const row = createHash('sha256').update(block.subarray(start, start + cache.dimensions));
      entries.push(Buffer.concat([keyAt(stored, entries.length), row.digest()]));
    }
  if (entries.length !== keyCount(keys))
    throw new RangeError(`${entries.length} embeddings of ${keyCount(keys)} texts`);
  const digest = createHash('sha256');
  for (const entry of entries.sort((a, b) => a.compare(b, 0, KEY_BYTES, 0, KEY_BYTES))) digest.update(entry);
  return digest.digest('hex');
}
