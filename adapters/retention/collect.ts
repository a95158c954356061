/**
 * Garbage collection, safe beside running workflows on any store with strong consistency and conditional writes: look,
 * publish what is condemned, look again, delete what nobody has come to need, lift the list.
 *
 * It may be killed anywhere: what it has deleted was garbage, and what names another object goes before it.
 */
import type { ObjectStore } from '../object-store/object-store.ts';
import { Condemnation } from './condemnation.ts';
import { Documents } from './documents.ts';
import type { StoredUnit } from './inventory.ts';
import { survey, type Survey, type SurveyOptions } from './survey.ts';
import { deletionOrder } from './deletion-order.ts';

/** As many as S3 takes in one request. */
const DELETE_BATCH = 1_000;

export interface CollectOptions extends Omit<SurveyOptions, 'now'> {
  /** Who collects, and where, for those who find it at work. */
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Called after each request with the number of objects deleted so far, and of those to be deleted. */
  readonly onDeleted?: (done: number, total: number) => void;
}

export interface Collection {
  /** What was garbage at the first look. */
  readonly found: Survey;
  /** What was deleted: that less what somebody has come to need since. */
  readonly deleted: readonly StoredUnit[];
}

/**
 * Deletes the garbage of a bucket.
 *
 * @param options.cutoff of `cutoffFor`, which was asked what runs before this is called
 * @param options.signal stops between two requests, and lifts the list
 * @throws RetentionError
 * @throws ChampionError `unreadable`
 */
export async function collectGarbage(objects: ObjectStore, options: CollectOptions): Promise<Collection> {
  const { by, now, signal } = options;
  const documents = new Documents(objects);
  const look = (): Promise<Survey> => survey(objects, documents, { ...options, now: now() });
  const found = await look();
  if (found.garbage.length === 0) return { found, deleted: [] };
  signal?.throwIfAborted();
  const condemned = new Set(found.garbage.map(({ name }) => name));
  const condemnation = await Condemnation.publish(objects, { units: [...condemned], by, now });
  try {
    const deleted = (await look()).garbage.filter(({ name }) => condemned.has(name));
    await deleteAll(objects, deleted, condemnation, options);
    return { found, deleted };
  } finally {
    await condemnation.lift();
  }
}

async function deleteAll(
  objects: ObjectStore,
  units: readonly StoredUnit[],
  condemnation: Condemnation,
  { signal, onDeleted }: CollectOptions,
): Promise<void> {
  const groups = deletionOrder(units.flatMap(({ keys }) => keys));
  const total = groups.reduce((sum, keys) => sum + keys.length, 0);
  let done = 0;
  for (const keys of groups)
    for (let start = 0; start < keys.length; start += DELETE_BATCH) {
      signal?.throwIfAborted();
      await condemnation.renew();
      const batch = keys.slice(start, start + DELETE_BATCH);
      await objects.delete(batch);
      done += batch.length;
      onDeleted?.(done, total);
    }
}
