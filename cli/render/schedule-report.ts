/** Everything about one schedule: when and how it starts runs, who changed it last, what became of its runs. */
import type { Colors } from '../context.ts';
import { durationText } from '../schedule/duration.ts';
import type { ScheduledRun, ScheduleView } from '../schedule/schedule-view.ts';
import { formatZoned } from '../schedule/zoned-time.ts';
import { labelled } from './labelled.ts';
import { oneLine } from './line.ts';
import { formatDuration } from './quantity.ts';
import { statusText } from './schedule-status.ts';
import { table } from './table.ts';

const NEXT_TIMES = 5;

/** @param url the schedule's page; null where none is known */
export function scheduleReport(view: ScheduleView, url: string | null, colors: Colors, width = Infinity): string[] {
  const { id, cron, timeZone, note, input, paused } = view;
  return [
    `Schedule ${oneLine(id)}, ${paused ? colors.yellow('paused') : colors.green('active')}`,
    ...(url === null ? [] : [url]),
    '',
    ...labelled('Due', [`${oneLine(cron.join(' | '))}, clocks of ${timeZone}`]),
    ...labelled('Policy', [policyText(view)]),
    ...labelled('Note', note === null ? [] : [oneLine(note)]),
    ...labelled('Input', [inputText(input)]),
    ...labelled('Next', nextTexts(view)),
    ...labelled('So far', [countsText(view.counts)]),
    ...runTable(view, colors, width),
  ];
}

function policyText({ overlap, catchUp, jitter, pausesOnFailure }: ScheduleView): string {
  return [
    `overlap ${overlap}`,
    `catches up for ${durationText(catchUp)}`,
    ...(jitter > 0 ? [`up to ${durationText(jitter)} late at random`] : []),
    ...(pausesOnFailure ? ['pauses when a run fails'] : []),
  ].join(', ');
}

function nextTexts({ paused, nextTimes, timeZone }: ScheduleView): string[] {
  if (paused) return ['none while it is paused'];
  if (nextTimes.length === 0) return ['never again'];
  return nextTimes.slice(0, NEXT_TIMES).map((time) => formatZoned(time, timeZone));
}

function countsText({ started, skipped, missed, waiting }: ScheduleView['counts']): string {
  return [
    `${started} started`,
    ...(skipped > 0 ? [`${skipped} left out since another went on`] : []),
    ...(missed > 0 ? [`${missed} missed`] : []),
    ...(waiting > 0 ? [`${waiting} waiting for another to end`] : []),
  ].join(', ');
}

function runTable({ runs, timeZone }: ScheduleView, colors: Colors, width: number): string[] {
  if (runs.length === 0) return [];
  const rows = runs.map((run) => [
    oneLine(run.workflowId),
    formatZoned(run.dueAt, timeZone),
    statusText(run, colors),
    tookText(run),
  ]);
  return ['', ...table(['run', 'due', 'state', 'took'], rows, ['left', 'left', 'left'], colors, width)];
}

function tookText({ startedAt, closedAt }: ScheduledRun): string {
  return closedAt === null ? '' : formatDuration(Math.max(0, closedAt - startedAt));
}

/** JSON with spaces, at which a long line is broken. */
function inputText(input: ScheduleView['input']): string {
  return oneLine(JSON.stringify(input, null, 1).replaceAll(/\n\s*/g, ' '));
}
