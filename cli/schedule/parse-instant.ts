/** Dates and times as options take them. */
import { UsageError } from '../exit.ts';
import { zonedInstant } from './zoned-time.ts';

const ISO = /^(?<date>\d{4}-\d\d-\d\d)(?:T(?<time>\d\d:\d\d(?::\d\d)?)(?<offset>Z|[+-]\d\d:\d\d)?)?$/;

/**
 * @param option it is the value of, for the message
 * @param text an ISO 8601 date or time
 * @param usualTime `hh:mm:ss` of a date alone
 * @param timeZone IANA name of the zone whose clocks show a time without an offset
 * @returns milliseconds since the epoch
 * @throws {UsageError} when it is neither, or no day of the calendar
 */
export function parseInstant(option: string, text: string, usualTime: string, timeZone: string): number {
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
