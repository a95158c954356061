/**
 * Ages that writers and garbage collection agree on. That something is in use shows in the time of its last change:
 * whoever relies on an older object than {@link TOUCH_AFTER_MS} writes the same bytes again. So what a run holds was
 * changed no earlier than that before the run's start.
 */

const HOUR_MS = 3_600_000;

/** Long enough that the steps of a nightly run cost one more write each, short enough to add little to `--older-than`. */
export const TOUCH_AFTER_MS = 12 * HOUR_MS;

/** S3 refuses requests that are 15 minutes off its clock; the rest is for Temporal's clock and a worker's beside it. */
export const CLOCK_SKEW_MS = HOUR_MS;

/** A collection that goes on renews its list within minutes; whoever meets one as old as this may lift it. */
export const ABANDONED_AFTER_MS = CLOCK_SKEW_MS;

/**
 * The latest change that garbage may have: before it by the age that is asked for, and before anything that a running
 * workflow, or one that starts from now on, may hold.
 *
 * @param now milliseconds since the epoch, from before anybody was asked what runs
 * @param olderThanMs an age below `TOUCH_AFTER_MS + CLOCK_SKEW_MS` counts as that
 * @param oldestStart first start of the workflow that has been running longest; null where none runs
 * @returns milliseconds since the epoch
 */
export function cutoffFor(now: number, olderThanMs: number, oldestStart: number | null): number {
  const margin = TOUCH_AFTER_MS + CLOCK_SKEW_MS;
  return Math.min(now - Math.max(olderThanMs, margin), (oldestStart ?? now) - margin);
}
