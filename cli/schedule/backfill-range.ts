/** From what `--from` and `--to` say to two instants. */
import { UsageError } from '../exit.ts';
import { parseInstant } from './parse-instant.ts';
import { formatZoned } from './zoned-time.ts';

/** Both ends included, in milliseconds since the epoch. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/**
 * A date alone is the whole day; a time without an offset is the zone's. The future is left to the schedule itself.
 *
 * @param now milliseconds since the epoch
 * @throws {UsageError} when a bound is no ISO 8601 date or time, or nothing lies between them
 */
export function backfillRange(from: string, to: string, timeZone: string, now: number): TimeRange {
  const range = {
    from: parseInstant('--from', from, '00:00:00', timeZone),
    to: Math.min(now, parseInstant('--to', to, '23:59:59', timeZone)),
  };
  if (range.from > now)
    throw new UsageError(`--from "${from}": it lies in the future, which the schedule itself sees to.`);
  if (range.from > range.to) {
    throw new UsageError(`--to "${to}": it comes before --from, ${formatZoned(range.from, timeZone)}.`);
  }
  return range;
}
