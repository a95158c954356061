/** Which records of runs a policy keeps by their age and number. */

export interface RetentionPolicy {
  /** Newest records that stay; null: their number is no reason. */
  readonly keepLast: number | null;
  /** Days that a record stays; null: its age is no reason. */
  readonly keepDays: number | null;
}

/** Without a policy every record stays. */
export const KEEP_ALL: RetentionPolicy = { keepLast: null, keepDays: null };

export interface DatedRecord {
  /** Unit of the run. */
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly finishedAt: number;
}

const DAY_MS = 86_400_000;

/**
 * Names of the runs that stay for either reason.
 *
 * @param now milliseconds since the epoch
 */
export function keptByPolicy(
  records: readonly DatedRecord[],
  { keepLast, keepDays }: RetentionPolicy,
  now: number,
): Set<string> {
  if (keepLast === null && keepDays === null) return new Set(records.map(({ name }) => name));
  const newestFirst = [...records].sort((a, b) => b.finishedAt - a.finishedAt || (a.name < b.name ? -1 : 1));
  const isKept = ({ finishedAt }: DatedRecord, position: number): boolean =>
    position < (keepLast ?? 0) || (keepDays !== null && now - finishedAt <= keepDays * DAY_MS);
  return new Set(newestFirst.filter(isKept).map(({ name }) => name));
}
