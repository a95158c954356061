/** One look at a sweep as the lines of a terminal: the leaderboard, and what is under way. */
import type { SweepProgress } from '../../contracts/sweep-result.ts';
import { elapsed } from '../observe/run-view.ts';
import { stepViews } from '../observe/step-view.ts';
import type { OpenChild, SweepView } from '../observe/sweep-view.ts';
import { paint, span, type Span } from './line.ts';
import { formatDuration } from './quantity.ts';
import { noAnswer, type FrameOptions } from './run-frame.ts';
import { pausedText, waitTexts } from './run-state.ts';
import { stepLines } from './step-lines.ts';
import { sweepTable } from './sweep-table.ts';

/** At most `rows` lines; of the table, the last trials go first. */
export function sweepFrame(view: SweepView, { columns, rows, colors }: FrameOptions): string[] {
  const { progress } = view;
  const painted = (lines: readonly Span[][]): string[] => lines.map((spans) => paint(spans, columns, colors));
  const head = painted(headLines(view));
  if (progress === null) return head;
  const foot = painted([...sharedLines(progress), ...view.open.flatMap((child) => childLines(child, columns))]);
  const lines = sweepTable(progress, colors);
  const room = Math.max(0, rows - head.length - foot.length);
  const shown = lines.length <= room ? lines : [...lines.slice(0, room - 1), colors.dim('· more trials')];
  return [...head, ...shown, ...foot].slice(0, rows);
}

function headLines(view: SweepView): Span[][] {
  const { workflowId, status, progress } = view;
  const title = [
    span(workflowId, 'bold'),
    span(`  ${status} ${formatDuration(elapsed(view))}`),
    span(progress === null ? '' : `  ${counts(progress)}`, 'dim'),
  ];
  const paused = progress?.paused;
  return [
    title,
    ...(status === 'running' && progress === null ? [[span(noAnswer, 'yellow')]] : []),
    ...(paused ? [[span(`${pausedText(paused)}: no further trial starts`, 'yellow')]] : []),
    [],
  ];
}

function counts({ trials }: SweepProgress): string {
  const ended = trials.filter(({ state }) => state === 'done' || state === 'failed').length;
  return `${ended} of ${trials.length} trials ended`;
}

/** What the sweep does itself before the trials start. */
function sharedLines({ shared }: SweepProgress): Span[][] {
  const running = shared.filter(({ state }) => state === 'running').map(({ name }) => name);
  return running.length === 0 ? [] : [[], [span(`▸ ${running.join(', ')}, which all trials share`, 'dim')]];
}

function childLines({ name, view }: OpenChild, columns: number): Span[][] {
  const steps = stepViews(view).filter(({ state }) => state === 'running');
  const waits = waitTexts(view).map((text) => [span(text, 'yellow')]);
  return [
    [],
    [span(name, 'bold'), span(`  ${view.workflowId}`, 'dim')],
    ...waits,
    ...steps.flatMap((step) => stepLines(step, columns)),
  ];
}
