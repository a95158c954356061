/**
 * `gc/condemned.json`: what a garbage collection is about to remove. It is there before the collection looks a second
 * time at what is in use, and it keeps out other collections. It changes by conditional writes only, so it is emptied
 * and never deleted, and no two of its versions are the same bytes.
 */
import { z } from 'zod';
import { canonicalJson } from '../../core/canonical.ts';
import { ABANDONED_AFTER_MS } from './ages.ts';

export const CONDEMNED_KEY = 'gc/condemned.json';

const schema = z.strictObject({
  schema: z.literal(1),
  /** One collection. */
  owner: z.string(),
  /** Who runs it, and where. */
  by: z.string(),
  since: z.iso.datetime(),
  renewals: z.number().int().nonnegative(),
  /** Units; none once the collection is over. */
  units: z.array(z.string()),
});
export type CondemnedList = z.infer<typeof schema>;

export function encodeList(list: CondemnedList): Uint8Array {
  return Buffer.from(canonicalJson(list));
}

/** Null where it is none that this version can read. */
export function parseList(body: Uint8Array): CondemnedList | null {
  try {
    return schema.parse(JSON.parse(Buffer.from(body).toString('utf8')));
  } catch {
    return null;
  }
}

/** The list with nothing on it. */
export function emptied(list: CondemnedList | null, now: number): CondemnedList {
  const { owner = '', by = '', renewals = 0 } = list ?? {};
  return { schema: 1, owner, by, since: new Date(now).toISOString(), renewals: renewals + 1, units: [] };
}

/** Whether something is condemned; a list that nobody can read may name anything. */
export function isActive(list: CondemnedList | null): boolean {
  return list === null || list.units.length > 0;
}

/** @param modified when the list was written or renewed */
export function isAbandoned(modified: Date, now: number): boolean {
  return now - modified.getTime() > ABANDONED_AFTER_MS;
}
