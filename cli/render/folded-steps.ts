/** A run's steps within a number of rows: what is under way is always shown. */
import { counted } from '../../contracts/count.ts';
import type { StepView } from '../observe/step-view.ts';
import { span, wrap, type Span } from './line.ts';
import { skippedText } from './skipped-steps.ts';
import { stepLines } from './step-lines.ts';

/** Rows for the steps that are skipped, where there is room. */
const SKIPPED_ROWS = 4;

type Lines = readonly Span[][];

/**
 * Steps that are skipped share a sentence. Where the rest does not fit, the reasons of the skipped ones go first, then
 * the steps that wait become one line, then the steps that were done first.
 */
export function foldedSteps(steps: readonly StepView[], columns: number, rows: number): Span[][] {
  const lines = (some: readonly StepView[]): Lines => some.flatMap((step) => stepLines(step, columns));
  const waiting = steps.filter(({ state }) => state === 'waiting');
  const begun = steps.filter(({ state }) => state !== 'waiting' && state !== 'skipped');
  const whole = [...lines(begun), ...lines(waiting)];
  const told = skippedLines(steps, columns, SKIPPED_ROWS);
  if (whole.length + told.length <= rows) return [...whole, ...told];
  const cut = skippedLines(steps, columns, 1);
  if (whole.length + cut.length <= rows) return [...whole, ...cut];
  const rest = [...(waiting.length > 1 ? [foldedLine('·', waiting.length, 'more step', '')] : lines(waiting)), ...cut];
  return [...withoutOldest(begun, rows - rest.length, lines), ...rest];
}

/** With as many of the steps that were done first in one line as it takes. */
function withoutOldest(steps: readonly StepView[], rows: number, lines: (some: readonly StepView[]) => Lines): Lines {
  const done = steps.filter(({ state }) => state === 'done');
  const folding = (count: number): Lines => {
    const oldest = new Set(done.slice(0, count));
    const shown = lines(steps.filter((step) => !oldest.has(step)));
    return count === 0 ? shown : [foldedLine('✔', count, 'step', 'done'), ...shown];
  };
  const counts = Array.from({ length: done.length + 1 }, (_, count) => count);
  return folding(counts.find((count) => folding(count).length <= rows) ?? done.length);
}

function foldedLine(mark: string, count: number, what: string, state: string): Span[] {
  return [span(`${mark} `, mark === '✔' ? 'green' : 'dim'), span(`${counted(count, what)} ${state}`.trimEnd(), 'dim')];
}

function skippedLines(steps: readonly StepView[], columns: number, rows: number): Lines {
  const text = skippedText(steps);
  return text === null ? [] : wrap(`– ${text}`, columns, rows).map((row) => [span(row, 'dim')]);
}
