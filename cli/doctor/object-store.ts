/** Checks that the bucket can be written, and that it honours the conditions on which correctness rests. */
import { randomUUID } from 'node:crypto';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { type Check, warn } from './check.ts';

/** @param store null where it is the local one, which is not up: no fault. */
export function objectStoreCheck(store: ObjectStore | null): Check {
  return {
    name: 'Object store',
    fix: 'check S3_ENDPOINT, the bucket and the credentials; the store must support If-None-Match and If-Match',
    async look() {
      if (store === null) return warn('the local server is not running', 'veille dev and veille demo start it');
      await tryConditions(store, `doctor/${randomUUID()}`);
      return `${store.url}, writable, conditional writes honoured`;
    },
  };
}

/** Writes, reads and conditionally overwrites one object, and deletes it whatever happens. */
async function tryConditions(store: ObjectStore, key: string): Promise<void> {
  const [first, second, third] = ['first', 'second', 'third'].map((text) => Buffer.from(text)) as [
    Buffer,
    Buffer,
    Buffer,
  ];
  try {
    demand(await store.putIfAbsent(key, first), 'a free key was refused');
    demand(
      !(await store.putIfAbsent(key, second)),
      'If-None-Match: * is ignored: two writers would overwrite each other',
    );
    const { etag } = await readBack(store, key, first);
    demand(await store.putIfMatch(key, second, etag), 'If-Match with the right ETag was refused');
    demand(!(await store.putIfMatch(key, third, etag)), 'If-Match is ignored: a stale writer would win');
    await readBack(store, key, second);
  } finally {
    await store.delete([key]).catch(() => undefined);
  }
}

async function readBack(store: ObjectStore, key: string, expected: Buffer): Promise<{ readonly etag: string }> {
  const object = await store.get(key);
  if (object === null || !expected.equals(object.body)) {
    throw new Error(
      `${store.url}: an object that was just written reads back ${object === null ? 'as missing' : 'differently'}`,
    );
  }
  return object;
}

function demand(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}
