/** A store that is opened when it is first asked for something. */
import type { ObjectStore } from './object-store.ts';

/**
 * @param url of the store, known beforehand
 * @param open called once; what it throws, every request throws
 */
export function deferredStore(url: string, open: () => Promise<ObjectStore>): ObjectStore {
  let opened: Promise<ObjectStore> | undefined;
  const store = (): Promise<ObjectStore> => (opened ??= open());
  return {
    url,
    head: async (key) => (await store()).head(key),
    get: async (key) => (await store()).get(key),
    getRange: async (key, start, end) => (await store()).getRange(key, start, end),
    getStream: async (key) => (await store()).getStream(key),
    putIfAbsent: async (key, body) => (await store()).putIfAbsent(key, body),
    putIfMatch: async (key, body, etag) => (await store()).putIfMatch(key, body, etag),
    delete: async (keys) => (await store()).delete(keys),
    async *list(prefix) {
      yield* (await store()).list(prefix);
    },
  };
}
