/** Asks a bucket whether it does what correctness rests on, before anything is kept in it. */
import { randomUUID } from 'node:crypto';
import type { ObjectStore } from './object-store.ts';

/** The bucket answers, and does not do what is needed of it. */
export class StoreUnfitError extends Error {
  override readonly name = 'StoreUnfitError';

  constructor(url: string, what: string) {
    super(
      `The object store ${url} can't be used: ${what}. Take a server that honours If-None-Match and If-Match on PUT, ` +
        'and deletes what it is asked to',
    );
  }
}

/**
 * Writes, reads, conditionally overwrites and deletes one object of its own.
 *
 * @throws StoreUnfitError when a condition is ignored, or an object stays that was deleted
 * @throws StoreRefusedError for rights, keys, a bucket or a region that are wrong, with what to set
 * @throws StoreUnavailableError
 */
export async function examineStore(store: ObjectStore): Promise<void> {
  const key = `doctor/${randomUUID()}`;
  const [first, second, third] = ['first', 'second', 'third'].map((text) => Buffer.from(text)) as [
    Buffer,
    Buffer,
    Buffer,
  ];
  const demand = (holds: boolean, otherwise: string): void => {
    if (!holds) throw new StoreUnfitError(store.url, otherwise);
  };
  const readBack = async (expected: Buffer): Promise<string> => {
    const object = await store.get(key);
    demand(object !== null, 'an object that was just written reads back as missing');
    demand(expected.equals(object?.body ?? third), 'an object that was just written reads back differently');
    return object?.etag ?? '';
  };
  let isWritten = false;
  try {
    demand(await store.putIfAbsent(key, first), 'a write under a free key was refused');
    isWritten = true;
    const isRefused = !(await store.putIfAbsent(key, second));
    demand(isRefused, 'If-None-Match: * is ignored, so two writers would overwrite each other');
    const etag = await readBack(first);
    demand(await store.putIfMatch(key, second, etag), 'If-Match with the right ETag was refused');
    demand(!(await store.putIfMatch(key, third, etag)), 'If-Match is ignored, so a stale writer would win');
    await readBack(second);
    await store.delete([key]);
    isWritten = false;
    demand((await store.get(key)) === null, 'an object that was deleted is still there');
  } finally {
    // The failure is reported, and it says that the object stays.
    if (isWritten) await store.delete([key]).catch(() => undefined);
  }
}
