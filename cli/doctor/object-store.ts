/** Checks that the bucket can be written, and that it honours the conditions on which correctness rests. */
import { examineStore } from '../../adapters/object-store/examine-store.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { type Check, warn } from './check.ts';

/** @param store null where it is the local one, which is not up: no fault. */
export function objectStoreCheck(store: ObjectStore | null): Check {
  return {
    name: 'Object store',
    fix: 'check S3_ENDPOINT, AWS_REGION, the bucket and the credentials; the store must support If-None-Match and If-Match',
    async look() {
      if (store === null) return warn('the local server is not running', 'veille dev and veille demo start it');
      await examineStore(store);
      return `${store.url}, writable, conditional writes honoured, deletes done`;
    },
  };
}
