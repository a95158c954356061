/** Where the record of a reproduction is read: the bucket, or a copy of it in a folder or an archive. */
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { readOnly } from '../../adapters/object-store/read-only-store.ts';
import { withStore } from '../audit/with-store.ts';
import type { ReproductionPlace } from './place.ts';

/**
 * Runs `work` on it; it is only read.
 *
 * @param from a folder or an archive; undefined: the bucket
 * @param log takes one line at a time
 * @throws {import('../exit.ts').CliError} when it can't be opened
 */
export async function withRecords<R>(
  place: ReproductionPlace,
  from: string | undefined,
  log: (line: string) => void,
  signal: AbortSignal,
  work: (store: ObjectStore) => Promise<R>,
): Promise<R> {
  if (from !== undefined) return withStore(null, from, signal, ({ store }) => work(readOnly(store)));
  const records = await place.openRecords(log, signal);
  try {
    return await work(readOnly(records.store));
  } finally {
    await records.close();
  }
}
