/** The order in which the embedding cache holds texts, for steps that may go through them in any order. */
import type { EmbeddingCache } from '../adapters/embedding-cache/embedding-cache.ts';
import { positionsOf, sortByValue } from '../core/radix-order.ts';

/**
 * Positions of keys by the segment that has them: who reads in that order reads each segment once, where the order of a
 * shuffled part has each block of texts read nearly all of them.
 *
 * @param keys packed, uint8 [n, 32]
 */
export async function cacheOrder(cache: EmbeddingCache, keys: Uint8Array): Promise<Uint32Array<ArrayBuffer>> {
  const { segmentOf, rowOf } = await cache.locate(keys);
  const positions = positionsOf(segmentOf.length);
  sortByValue(positions, (position) => rowOf[position]!);
  sortByValue(positions, (position) => segmentOf[position]! + 1);
  return positions;
}
