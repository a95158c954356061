/** One look at a run as the lines of a terminal. */
import type { Colors } from '../context.ts';
import { CPU_QUEUE } from '../../contracts/queues.ts';
import { elapsed, type RunStatus, type RunView } from '../observe/run-view.ts';
import { stepViews, strayRetries } from '../observe/step-view.ts';
import { foldedSteps } from './folded-steps.ts';
import { againstText, VERDICT_COLOURS } from './gate-lines.ts';
import { flow, paint, span, wrap, type Colour, type Span } from './line.ts';
import { formatCount, formatDuration, formatMetric } from './quantity.ts';
import { waitTexts } from './run-state.ts';
import { runName } from '../../contracts/run-name.ts';
import { retryLines } from './step-lines.ts';

export interface FrameOptions {
  readonly columns: number;
  /** Most lines; steps are folded to keep within. */
  readonly rows: number;
  readonly colors: Colors;
}

const HEADLINE = 'retrieval/nDCG@10';

const STATUS_COLOURS: Record<RunStatus, Colour> = {
  running: 'cyan',
  completed: 'green',
  failed: 'red',
  cancelled: 'yellow',
  terminated: 'red',
  'timed out': 'red',
};

/** Rows for what the run waits for: the command to type must not be cut. */
const WAIT_ROWS = 4;

/** Head, steps, retries: at most `rows` lines of at most `columns` characters, colours aside. */
export function runFrame(view: RunView, { columns, rows, colors }: FrameOptions): string[] {
  const head = headLines(view, columns);
  const foot = [...retryLines(strayRetries(view), columns), ...figureLines(view, columns)];
  const steps = foldedSteps(stepViews(view), columns, rows - head.length - foot.length);
  return [...head, ...steps, ...foot].slice(0, rows).map((spans) => paint(spans, columns, colors));
}

function headLines(view: RunView, columns: number): Span[][] {
  const labels = view.progress ?? view.result;
  const unchangedSince = view.result?.unchangedSince;
  const title = [
    span(view.workflowId, 'bold'),
    span(`  ${view.status}`, STATUS_COLOURS[view.status]),
    span(` ${formatDuration(elapsed(view))}`),
    span(labels?.preset ? `  ${runName(labels)}` : '', 'dim'),
    span(unchangedSince ? `  unchanged since ${unchangedSince.workflowId}` : '', 'green'),
  ];
  const unanswered = view.status === 'running' && view.progress === null;
  const waits = waitTexts(view).flatMap((text) => wrap(text, columns, WAIT_ROWS));
  const said = [...(unanswered ? wrap(noAnswer(view), columns, WAIT_ROWS) : []), ...waits];
  return [...flow(title, columns), ...said.map((text) => [span(text, 'yellow')]), []];
}

/** What the run has to tell so far: texts embedded, nDCG@10 as evaluations end, the gate's verdict. */
function figureLines({ progress }: RunView, columns: number): Span[][] {
  if (progress === null) return [];
  const { metrics, texts, gate } = progress;
  const ndcg = [
    ['BM25', metrics.bm25],
    ['zero-shot', metrics.base],
    ['fine-tuned', metrics.fineTuned],
  ] as const;
  const known = ndcg.flatMap(([name, values]) => (values ? [`${name} ${formatMetric(values[HEADLINE])}`] : []));
  const parts = [`texts ${textCounts(texts)}`, ...(known.length > 0 ? [`nDCG@10 ${known.join(', ')}`] : [])];
  const verdict = gate && [
    span('gate '),
    span(gate.verdict.verdict, VERDICT_COLOURS[gate.verdict.verdict]),
    span(`, ${againstText(gate)}`, 'dim'),
  ];
  const figures = parts.map((text, part) => span(`${part === 0 ? '' : '   '}${text}`, 'dim'));
  return [[], ...flow(figures, columns, 0), ...(verdict ? flow(verdict, columns) : [])];
}

/** A worker that is killed makes a second attempt, which then waits for another worker; further ones mean failures. */
const ATTEMPTS_OF_A_KILL = 2;

/** Explains an unanswered progress query: no worker is there, or the one that is there fails. */
export function noAnswer({ taskAttempts }: { readonly taskAttempts: number }): string {
  if (taskAttempts > ATTEMPTS_OF_A_KILL)
    return (
      `A worker on queue ${CPU_QUEUE} takes the run and fails again and again: its log says why, and so does the last ` +
      'event in the Temporal UI.'
    );
  return `No worker answers on queue ${CPU_QUEUE}: the run waits for one (veille dev starts it).`;
}

export function textCounts({ encoded, cached }: { readonly encoded: number; readonly cached: number }): string {
  return `${formatCount(encoded)} encoded, ${formatCount(cached)} cached`;
}
