/** A step as one line, and one more for each of its activities that is being tried again. */
import { STEP_NAMES, type StepState } from '../../contracts/progress.ts';
import type { RetryView, StepView } from '../observe/step-view.ts';
import { flow, span, widthOf, wrap, type Colour, type Span } from './line.ts';
import { progressSpans } from './progress-bar.ts';
import { formatDuration } from './quantity.ts';
import { trainingFigures } from './training-figures.ts';

const MARKS: Record<StepState, { readonly mark: string; readonly colour: Colour }> = {
  waiting: { mark: '·', colour: 'dim' },
  running: { mark: '▸', colour: 'cyan' },
  done: { mark: '✔', colour: 'green' },
  failed: { mark: '✖', colour: 'red' },
  skipped: { mark: '–', colour: 'dim' },
};

/** Many segments fail at once when a service is down: their reasons are alike. */
const MOST_RETRIES = 2;
/** Rows for a reason: an address and an error code, not a stack. */
const RETRY_ROWS = 3;
const RETRY_INDENT = '    ';

/** The longest step's name. */
export const NAME_WIDTH = Math.max(...STEP_NAMES.map((name) => name.length));
const DURATION_WIDTH = 7;

/** Lines of spans for a terminal `width` characters wide. */
export function stepLines(step: StepView, width: number): Span[][] {
  const { mark, colour } = MARKS[step.state];
  const duration = step.duration === null || step.state === 'skipped' ? '' : formatDuration(step.duration);
  const head = [
    span(`${mark} `, colour),
    span(step.name.padEnd(NAME_WIDTH + 1), step.state === 'waiting' || step.state === 'skipped' ? 'dim' : 'plain'),
    span(`${duration.padStart(DURATION_WIDTH)}  `, 'dim'),
  ];
  const lines = flow([...head, ...stateSpans(step, width - widthOf(head))], width);
  return [...lines, ...trainingLines(step, width), ...waitLines(step, width), ...retryLines(step.retries, width)];
}

/** What a training tells beside its loss, and what it went through to get there. */
function trainingLines({ work, note, state }: StepView, width: number): Span[][] {
  if (state !== 'running' || !work) return [];
  const texts = [trainingFigures(work.metrics).join('  '), note ?? ''].filter((text) => text !== '');
  return texts.flatMap((text) =>
    wrap(text, width - RETRY_INDENT.length, RETRY_ROWS).map((row) => [span(RETRY_INDENT), span(row, 'dim')]),
  );
}

/** `waits for the object store s3://veille/: it answers 503 SlowDown (attempt 3)`; null where it waits for nothing. */
export function waitText({ waitsFor }: StepView): string | null {
  return waitsFor === null ? null : `waits for ${waitsFor}`;
}

function waitLines(step: StepView, width: number): Span[][] {
  const text = waitText(step);
  return text === null ? [] : noteLines([text], width);
}

/** The retries' lines; of many, the ones tried most often. */
export function retryLines(retries: readonly RetryView[], width: number): Span[][] {
  const shown = retries.toSorted((a, b) => b.attempt - a.attempt).slice(0, MOST_RETRIES);
  const rest = retries.length - shown.length;
  const texts = [...shown.map(retryText), ...(rest > 0 ? [`and ${rest} more that are tried again`] : [])];
  return noteLines(texts, width);
}

function noteLines(texts: readonly string[], width: number): Span[][] {
  return texts.flatMap((text) =>
    wrap(text, width - RETRY_INDENT.length, RETRY_ROWS).map((row, index) => [
      span(index === 0 ? '  ↳ ' : RETRY_INDENT),
      span(row, 'yellow'),
    ]),
  );
}

/** `fineTune, attempt 3 in 12s: S3 at … is not reachable`. */
export function retryText({ activity, attempt, reason, startsIn }: RetryView): string {
  const when = startsIn === null ? '' : ` in ${formatDuration(startsIn)}`;
  return `${activity}, attempt ${attempt}${when}: ${reason}`;
}

function stateSpans(step: StepView, width: number): Span[] {
  switch (step.state) {
    case 'waiting':
      return [];
    case 'running':
      if (step.work) return progressSpans(step.work, width);
      return [span(step.doing ?? step.note ?? (step.retries.length > 0 ? 'to be tried again' : 'running'), 'dim')];
    case 'skipped':
      return [span(`skipped${step.note ? `: ${step.note}` : ''}`, 'dim')];
    case 'failed':
      return [span(`failed${step.note ? `: ${step.note}` : ''}`, 'red')];
    case 'done':
    default:
      return [...originSpans(step), span(step.note ? `  ${step.note}` : '')];
  }
}

/** Computed by this run, or taken from the run that is named. */
function originSpans({ cached, madeBy }: StepView): Span[] {
  if (cached === undefined) return [span('done', 'dim')];
  if (!cached) return [span('computed', 'dim')];
  return [span('cached', 'green'), span(madeBy ? ` from ${madeBy.workflowId}` : '', 'dim')];
}
