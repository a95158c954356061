/** How a scheduled run ended, in one coloured word or two. */
import type { Colors } from '../context.ts';
import type { ScheduledRun } from '../schedule/schedule-view.ts';

/** Others, such as a run that was cancelled by a person, are neither good nor bad. */
const COLOURS: Readonly<Record<string, 'green' | 'red' | 'cyan'>> = {
  completed: 'green',
  failed: 'red',
  'timed out': 'red',
  running: 'cyan',
};

export function statusText({ status }: ScheduledRun, colors: Colors): string {
  const colour = COLOURS[status];
  return colour === undefined ? status : colors[colour](status);
}
