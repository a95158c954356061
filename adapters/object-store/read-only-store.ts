/** A view of a store through which nothing can be changed, for those who only look. */
import type { ObjectStore } from './object-store.ts';

/** Something would have been written to a store that is only read: a mistake in the program. */
export class ReadOnlyStoreError extends Error {
  override readonly name = 'ReadOnlyStoreError';

  constructor(url: string, what: string) {
    super(`${url} is only read here: ${what} is refused`);
  }
}

/**
 * Reads go through; writes throw {@link ReadOnlyStoreError}. What is deleted is hidden from this view and stays where it
 * is: readers that throw a corrupt object away, such as the embedding cache, go on as they always do.
 */
export function readOnly(store: ObjectStore): ObjectStore {
  const hidden = new Set<string>();
  const unlessHidden = async <T>(key: string, read: () => Promise<T | null>): Promise<T | null> =>
    hidden.has(key) ? null : read();
  const refuse = async (key: string): Promise<boolean> => {
    throw new ReadOnlyStoreError(store.url, `put ${key}`);
  };
  return {
    url: store.url,
    head: (key) => unlessHidden(key, () => store.head(key)),
    get: (key) => unlessHidden(key, () => store.get(key)),
    getRange: (key, start, end) => unlessHidden(key, () => store.getRange(key, start, end)),
    getStream: (key) => unlessHidden(key, () => store.getStream(key)),
    putIfAbsent: refuse,
    putIfMatch: refuse,
    async delete(keys) {
      for (const key of keys) hidden.add(key);
    },
    async *list(prefix) {
      for await (const object of store.list(prefix)) if (!hidden.has(object.key)) yield object;
    },
  };
}
