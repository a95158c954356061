/** Maps items side by side, and is over only when all of the work is. */
import { setMaxListeners } from 'node:events';
// eslint-disable-next-line no-restricted-imports -- this is the place
import pMap from 'p-map';
import { requestScope, withRequestScope } from './request-scope.ts';

/**
 * Results in the order of the items. When one fails, no other is begun, requests of those under way are ended, and the
 * failure is thrown once they have stopped: whoever catches it may remove what they worked on.
 *
 * @param options.signal begins no more, ends requests, and makes its reason the failure
 */
export async function mapParallel<Item, Result>(
  items: Iterable<Item>,
  map: (item: Item, index: number) => Promise<Result> | Result,
  options: { readonly concurrency: number; readonly signal?: AbortSignal | undefined },
): Promise<Result[]> {
  const { concurrency, signal } = options;
  const outer = requestScope().signal;
  const failed = new AbortController();
  // Every request of every item listens to it: no leak, of which Node would warn.
  setMaxListeners(0, failed.signal);
  const fail = (): void => failed.abort(signal?.aborted ? signal.reason : outer?.reason);
  const running = new Set<Promise<Result>>();
  const begin = (item: Item, index: number): Promise<Result> => {
    const work = withRequestScope({ signal: failed.signal }, async () => map(item, index));
    running.add(work);
    const forget = (): void => void running.delete(work);
    work.then(forget, (reason: unknown) => {
      forget();
      failed.abort(reason);
    });
    return work;
  };
  for (const one of [signal, outer]) one?.addEventListener('abort', fail, { once: true });
  if (outer?.aborted) fail();
  try {
    return await pMap(items, begin, { concurrency, ...(signal && { signal }) });
  } finally {
    await Promise.allSettled(running);
    for (const one of [signal, outer]) one?.removeEventListener('abort', fail);
  }
}
