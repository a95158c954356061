/** How a scheduled run ended, in one coloured word or two, and what the gate said. */
import type { Colors } from '../context.ts';
import type { ScheduledRun } from '../schedule/schedule-view.ts';
import { oneLine } from './line.ts';

/** Others, such as a run that was cancelled by a person, are neither good nor bad. */
const COLOURS: Readonly<Record<string, 'green' | 'red' | 'cyan'>> = {
  completed: 'green',
  failed: 'red',
  'timed out': 'red',
  running: 'cyan',
};

/** `completed, promote`. */
export function statusText({ status, verdict }: ScheduledRun, colors: Colors): string {
  const colour = COLOURS[status];
  return `${colour === undefined ? status : colors[colour](status)}${verdict === null ? '' : `, ${oneLine(verdict)}`}`;
}
