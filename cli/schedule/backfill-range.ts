/** From what `--from` and `--to` say to two instants. */
import { UsageError } from '../exit.ts';
import { formatZoned, zonedInstant } from './zoned-time.ts';

/** Both ends included, in milliseconds since the epoch. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

const ISO = /^(?<date>\d{4}-\d\d-\d\d)(?:T(?<time>\d\d:\d\d(?::\d\d)?)(?<offset>Z|[+-]\d\d:\d\d)?)?$/;

/**
 * A date alone is the whole day; a time without an offset is the zone's. The future is left to the schedule itself.
 *
 * @param now milliseconds since the epoch
 * @throws {UsageError} when a bound is no ISO 8601 date or time, or nothing lies between them
 */
export function backfillRange(from: string, to: string, timeZone: string, now: number): TimeRange {
  const range = {
    from: parseBound('--from', from, '00:00:00', timeZone),
    to: Math.min(now, parseBound('--to', to, '23:59:59', timeZone)),
  };
  if (range.from > now)
    throw new UsageError(`--from "${from}": it lies in the future, which the schedule itself sees to.`);
  if (range.from > range.to) {
    throw new UsageError(`--to "${to}": it comes before --from, ${formatZoned(range.from, timeZone)}.`);
  }
  return range;
}

function parseBound(option: string, text: string, usualTime: string, timeZone: string): number {
  const { date = '', time = usualTime, offset } = ISO.exec(text)?.groups ?? {};
  const wall = Date.parse(`${date}T${time}Z`);
  // JavaScript takes 30 February for 2 March.
  const isDate = !Number.isNaN(wall) && new Date(wall).toISOString().startsWith(date);
  const instant = offset === undefined ? wall : Date.parse(`${date}T${time}${offset}`);
  if (!isDate || Number.isNaN(instant)) {
    throw new UsageError(
      `${option} "${text}": it is a date, 2026-11-24, or a time, 2026-11-24T02:00 or 2026-11-24T01:00Z.`,
    );
  }
  return offset === undefined ? zonedInstant(wall, timeZone) : instant;
}
