/** Schedules as a table: when each runs next, how its last run ended, and why it is paused where it is. */
import type { Colors } from '../context.ts';
import type { ScheduleView } from '../schedule/schedule-view.ts';
import { formatZoned } from '../schedule/zoned-time.ts';
import { oneLine } from './line.ts';
import { statusText } from './schedule-status.ts';
import { table } from './table.ts';

export function scheduleList(schedules: readonly ScheduleView[], colors: Colors, width = Infinity): string[] {
  if (schedules.length === 0)
    return ['There is no schedule yet. `veille schedule create --help` says how to make one.'];
  const rows = schedules.map((schedule) => {
    const { id, cron, timeZone, runs } = schedule;
    const [last] = runs;
    return [
      oneLine(id),
      oneLine(cron.join(' | ')),
      timeZone,
      nextText(schedule),
      last === undefined ? 'none yet' : statusText(last, colors),
    ];
  });
  return [
    ...table(['schedule', 'cron', 'time zone', 'next run', 'last run'], rows, Array(5).fill('left'), colors, width),
    ...schedules.flatMap((schedule) => pausedLines(schedule, colors)),
  ];
}

function nextText({ paused, nextTimes: [next], timeZone }: ScheduleView): string {
  if (paused) return 'paused';
  return next === undefined ? 'never again' : formatZoned(next, timeZone);
}

function pausedLines({ id, paused, note }: ScheduleView, colors: Colors): string[] {
  return paused ? ['', `${colors.yellow(oneLine(id))}: ${oneLine(note ?? 'paused, nobody said why')}`] : [];
}
