/** The table of a finished run's steps: what was computed, what was taken from which run, and what it cost. */
import type { StepProgress } from '../../contracts/progress.ts';
import type { Colors } from '../context.ts';
import { oneLine } from './line.ts';
import { skippedText } from './skipped-steps.ts';
import { table } from './table.ts';

/** The table, beneath it the notes of the steps that have one, and in a sentence the steps that were skipped. */
export function stepTable(steps: readonly StepProgress[], colors: Colors, width = Infinity): string[] {
  const taken = steps.filter(({ state: name }) => name !== 'skipped');
  const rows = taken.map((step) => [step.name, state(step, colors), seconds(step), madeBy(step)]);
  const notes = taken.flatMap(({ name, note }) => (note ? [`  ${name}: ${oneLine(note)}`] : []));
  const skipped = skippedText(steps);
  return [
    ...table(['step', 'state', 'seconds', 'made by'], rows, ['left', 'left', 'right', 'left'], colors, width),
    ...(notes.length > 0 ? ['Notes', ...notes] : []),
    ...(skipped === null ? [] : [skipped]),
  ];
}

function state({ state: name, cached }: StepProgress, colors: Colors): string {
  if (name === 'failed') return colors.red(name);
  if (name !== 'done' || cached === undefined) return name;
  return cached ? colors.green('cached') : 'computed';
}

function seconds({ startedAt, finishedAt }: StepProgress): string {
  return startedAt === undefined || finishedAt === undefined ? '–' : ((finishedAt - startedAt) / 1_000).toFixed(1);
}

/** Workflow ID and the run ID's end: its beginning is the time, which runs of one hour share. */
function madeBy({ madeBy: run }: StepProgress): string {
  return run ? `${run.workflowId} (…${run.runId.slice(-8)})` : '–';
}
