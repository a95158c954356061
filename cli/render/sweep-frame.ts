/** One look at a sweep as the lines of a terminal: the leaderboard, and what is under way. */
import type { SweepProgress } from '../../contracts/sweep-result.ts';
import { elapsed } from '../observe/run-view.ts';
import { stepViews } from '../observe/step-view.ts';
import type { OpenChild, SweepView } from '../observe/sweep-view.ts';
import { flow, paint, span, type Span } from './line.ts';
import { formatDuration } from './quantity.ts';
import { noAnswer, type FrameOptions } from './run-frame.ts';
import { pausedText, waitTexts } from './run-state.ts';
import { stepLines } from './step-lines.ts';
import { sweepTable } from './sweep-table.ts';

/** At most `rows` lines; of the table, the last trials go first. */
export function sweepFrame(view: SweepView, { columns, rows, colors }: FrameOptions): string[] {
  const { progress } = view;
  const painted = (lines: readonly Span[][]): string[] => lines.map((spans) => paint(spans, columns, colors));
  const head = painted(headLines(view, columns));
  if (progress === null) return head;
  const foot = painted([
    ...sharedLines(progress, columns),
    ...view.open.flatMap((child) => childLines(child, columns)),
  ]);
  const lines = sweepTable(progress, colors, columns);
  const room = Math.max(0, rows - head.length - foot.length);
  const shown = lines.length <= room ? lines : [...lines.slice(0, room - 1), colors.dim('· more trials')];
  return [...head, ...shown, ...foot].slice(0, rows);
}

function headLines(view: SweepView, columns: number): Span[][] {
  const { workflowId, status, progress } = view;
  const title = [
    span(workflowId, 'bold'),
    span(`  ${status} ${formatDuration(elapsed(view))}`),
    span(progress === null ? '' : `  ${counts(progress)}`, 'dim'),
  ];
  const paused = progress?.paused;
  const said = [
    ...(status === 'running' && progress === null ? [noAnswer(view)] : []),
    ...(paused ? [`${pausedText(paused)}: no further trial starts`] : []),
  ];
  return [...flow(title, columns), ...said.flatMap((text) => flow([span(text, 'yellow')], columns, 0)), []];
}

function counts({ trials }: SweepProgress): string {
  const ended = trials.filter(({ state }) => state === 'done' || state === 'failed').length;
  return `${ended} of ${trials.length} trials ended`;
}

/** What the sweep does itself before the trials start. */
function sharedLines({ shared }: SweepProgress, columns: number): Span[][] {
  const running = shared.filter(({ state }) => state === 'running').map(({ name }) => name);
  return running.length === 0
    ? []
    : [[], ...flow([span(`▸ ${running.join(', ')}, which all trials share`, 'dim')], columns)];
}

function childLines({ name, view }: OpenChild, columns: number): Span[][] {
  const steps = stepViews(view).filter(({ state }) => state === 'running');
  const waits = waitTexts(view).flatMap((text) => flow([span(text, 'yellow')], columns, 0));
  return [
    [],
    ...flow([span(name, 'bold'), span(`  ${view.workflowId}`, 'dim')], columns),
    ...waits,
    ...steps.flatMap((step) => stepLines(step, columns)),
  ];
}
