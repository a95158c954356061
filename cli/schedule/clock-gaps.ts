/** Days on which a schedule has no run since clocks go forward over its hour: Temporal starts none in the gap. */
import type { ScheduleDescription } from '@temporalio/client';
import { zonedClock } from './zoned-time.ts';

type Spec = ScheduleDescription['spec'];
type Calendar = NonNullable<Spec['calendars']>[number];

export interface LostDay {
  /** `2026-09-06`, by the schedule's clocks. */
  readonly day: string;
  /** The first time that is due and that no clock shows: `00:00`. */
  readonly time: string;
}

const MINUTE = 60_000;
const DAY = 86_400_000;
const MONTHS = 'JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER'.split(' ');
const WEEKDAYS = 'SUNDAY MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY'.split(' ');

/**
 * Days with no run at all: one that comes again an hour later on the same day is not missed.
 *
 * @param timeZone an IANA name
 * @param range milliseconds since the epoch
 */
export function lostDays(
  { calendars = [], intervals = [] }: Pick<Spec, 'calendars' | 'intervals'>,
  timeZone: string,
  { from, to }: { readonly from: number; readonly to: number },
): LostDay[] {
  // Intervals know no clocks, and may be due on any day.
  if (intervals.length > 0) return [];
  return clockGaps(timeZone, from, to).flatMap(({ start, end }) => {
    const isDue = (wall: number): boolean => calendars.some((calendar) => matches(calendar, new Date(wall)));
    const lost = minutes(start, end).find(isDue);
    if (lost === undefined) return [];
    const midnight = lost - (lost % DAY);
    const others = minutes(midnight, midnight + DAY).filter((wall) => wall < start || wall >= end);
    if (others.some(isDue)) return [];
    const [day = '', time = ''] = new Date(lost).toISOString().split('T');
    return [{ day, time: time.slice(0, 5) }];
  });
}

/** One line a day. */
export function lostDayTexts(days: readonly LostDay[], timeZone: string): string[] {
  return days.map(
    ({ day, time }) =>
      `No run on ${day}: clocks of ${timeZone} go forward over ${time}. If it must come on that day too, take another hour, ` +
      'or --timezone UTC.',
  );
}

/** Readings that the zone's clocks leave out, as if they were UTC. */
function clockGaps(timeZone: string, from: number, to: number): { readonly start: number; readonly end: number }[] {
  const offsetAt = (instant: number): number => zonedClock(instant, timeZone) - instant;
  const gaps: { start: number; end: number }[] = [];
  for (let day = from - (from % MINUTE); day < to; day += DAY) {
    const [before, after] = [offsetAt(day), offsetAt(day + DAY)];
    if (after <= before) continue;
    // The first minute of the new offset.
    let [low, high] = [0, DAY / MINUTE];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (offsetAt(day + middle * MINUTE) === before) low = middle;
      else high = middle;
    }
    const change = day + high * MINUTE;
    if (change < to) gaps.push({ start: change + before, end: change + after });
  }
  return gaps;
}

function minutes(start: number, end: number): number[] {
  return Array.from(
    { length: Math.max(0, Math.round((end - start) / MINUTE)) },
    (_, minute) => start + minute * MINUTE,
  );
}

/** @param wall a reading of the clock as if it were UTC, whatever its seconds */
function matches({ minute, hour, dayOfMonth, month, dayOfWeek, year }: Calendar, wall: Date): boolean {
  return (
    within(minute, wall.getUTCMinutes()) &&
    within(hour, wall.getUTCHours()) &&
    within(dayOfMonth, wall.getUTCDate()) &&
    within(month, wall.getUTCMonth(), MONTHS) &&
    within(dayOfWeek, wall.getUTCDay(), WEEKDAYS) &&
    (year.length === 0 || within(year, wall.getUTCFullYear()))
  );
}

interface Range {
  readonly start: number | string;
  readonly end: number | string;
  readonly step: number;
}

/** @param names in whose order a range of names is counted */
function within(ranges: readonly Range[], value: number, names: readonly string[] = []): boolean {
  const numberOf = (edge: Range['start']): number => (typeof edge === 'number' ? edge : names.indexOf(edge));
  return ranges.some(({ start, end, step }) => {
    const [first, last] = [numberOf(start), numberOf(end)];
    return value >= first && value <= last && (value - first) % step === 0;
  });
}
