/** A schedule's times as cron expressions: Temporal keeps the calendars that it has made of them, and not the text. */
import type { ScheduleDescription } from '@temporalio/client';
import { durationText } from './duration.ts';

type Spec = ScheduleDescription['spec'];
type Calendar = NonNullable<Spec['calendars']>[number];
type Interval = NonNullable<Spec['intervals']>[number];

interface Range {
  readonly start: number | string;
  readonly end: number | string;
  readonly step: number;
}

/**
 * One expression a calendar or interval, such as `0 2 * * *`, `30 3 * * MON-FRI` or `@every 6h`; what is excluded comes
 * last, as `except …`. Schedules that were made in the UI, or edited there, read the same.
 */
export function cronTexts({ calendars = [], intervals = [], skip = [] }: Spec): string[] {
  return [
    ...calendars.map(calendarText),
    ...intervals.map(intervalText),
    ...skip.map((calendar) => `except ${calendarText(calendar)}`),
  ];
}

/** Five fields; six with a year; seven with a year and seconds. */
function calendarText({ second, minute, hour, dayOfMonth, month, dayOfWeek, year }: Calendar): string {
  const seconds = field(second, [0, 59]);
  const years = year.length === 0 ? '*' : field(year, [NaN, NaN]);
  const usual = [
    field(minute, [0, 59]),
    field(hour, [0, 23]),
    field(dayOfMonth, [1, 31]),
    field(month, ['JANUARY', 'DECEMBER']),
    field(dayOfWeek, ['SUNDAY', 'SATURDAY']),
  ];
  if (seconds !== '0') return [seconds, ...usual, years].join(' ');
  return (years === '*' ? usual : [...usual, years]).join(' ');
}

/** @param whole the first and last value of a field that is `*` */
function field(ranges: readonly Range[], [first, last]: readonly [Range['start'], Range['end']]): string {
  return ranges
    .map(({ start, end, step }) => {
      const every = step > 1 ? `/${step}` : '';
      if (start === first && end === last) return `*${every}`;
      return start === end ? name(start) : `${name(start)}-${name(end)}${every}`;
    })
    .join(',');
}

/** Months and days are their first three letters. */
function name(value: number | string): string {
  return String(value).slice(0, typeof value === 'string' ? 3 : undefined);
}

function intervalText({ every, offset }: Interval): string {
  return `@every ${durationText(every)}${offset > 0 ? `/${durationText(offset)}` : ''}`;
}
