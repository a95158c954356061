/** The caches of a worker: one object an encoder, so that its activities share what they know of the segments. */
import type { ObjectStore } from '../object-store/object-store.ts';
import { EmbeddingCache, type EncoderKind } from './embedding-cache.ts';
import type { Warn } from './segment-objects.ts';

/** Encoders whose keys stay on the disk: base model, candidate and champion of one run, and those of another. */
const CAPACITY = 6;

/**
 * @param folder for the keys of the segments, 32 bytes a text and encoder
 * @returns opens the cache of an encoder; the same one while it is among those used last
 */
export function encoderCaches(
  store: ObjectStore,
  warn: Warn,
  folder: string,
): (encoder: EncoderKind) => EmbeddingCache {
  /** By digest, least recently used first. */
  const caches = new Map<string, EmbeddingCache>();
  return (encoder) => {
    const cache = caches.get(encoder.digest) ?? new EmbeddingCache(store, encoder, warn, folder);
    caches.delete(encoder.digest);
    caches.set(encoder.digest, cache);
    for (const digest of caches.keys()) {
      if (caches.size <= CAPACITY) break;
      // Whoever still reads from it has it; its file goes with the object.
      caches.delete(digest);
    }
    return cache;
  };
}
