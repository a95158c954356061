/** One look at a run as the lines of a terminal. */
import type { Colors } from '../context.ts';
import { CPU_QUEUE } from '../../contracts/queues.ts';
import { elapsed, type RunStatus, type RunView } from '../observe/run-view.ts';
import { stepViews, strayRetries } from '../observe/step-view.ts';
import { paint, span, type Colour, type Span } from './line.ts';
import { formatCount, formatDuration, formatMetric } from './quantity.ts';
import { retryLines, stepLines } from './step-lines.ts';

export interface FrameOptions {
  readonly columns: number;
  /** Most lines; steps that wait are folded into one line to keep within. */
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

/** Head, steps, retries: at most `rows` lines of at most `columns` characters, colours aside. */
export function runFrame(view: RunView, { columns, rows, colors }: FrameOptions): string[] {
  const head = headLines(view);
  const foot = [...retryLines(strayRetries(view), columns), ...figureLines(view)];
  const steps = fold(view, columns, rows - head.length - foot.length);
  return [...head, ...steps, ...foot].slice(0, rows).map((spans) => paint(spans, columns, colors));
}

function headLines(view: RunView): Span[][] {
  const preset = view.progress?.preset ?? view.result?.preset;
  const title = [
    span(view.workflowId, 'bold'),
    span(`  ${view.status}`, STATUS_COLOURS[view.status]),
    span(` ${formatDuration(elapsed(view))}`),
    span(preset === undefined ? '' : `  preset ${preset}`, 'dim'),
  ];
  const unanswered = view.status === 'running' && view.progress === null;
  return [title, ...(unanswered ? [[span(noAnswer, 'yellow')]] : []), []];
}

/** What the run has to tell so far: texts embedded, and nDCG@10 as evaluations end. */
function figureLines({ progress }: RunView): Span[][] {
  if (progress === null) return [];
  const { metrics, texts } = progress;
  const ndcg = [
    ['BM25', metrics.bm25],
    ['zero-shot', metrics.base],
    ['fine-tuned', metrics.fineTuned],
  ] as const;
  const known = ndcg.flatMap(([name, values]) => (values ? [`${name} ${formatMetric(values[HEADLINE])}`] : []));
  const parts = [`texts ${textCounts(texts)}`, ...(known.length > 0 ? [`nDCG@10 ${known.join(', ')}`] : [])];
  return [[], [span(parts.join('   '), 'dim')]];
}

/** What to say where the progress query finds nobody. */
export const noAnswer = `No worker answers on queue ${CPU_QUEUE}: the run waits for one (veille dev starts it).`;

export function textCounts({ encoded, cached }: { readonly encoded: number; readonly cached: number }): string {
  return `${formatCount(encoded)} encoded, ${formatCount(cached)} cached`;
}

function fold(view: RunView, columns: number, rows: number): Span[][] {
  const steps = stepViews(view);
  const all = steps.flatMap((step) => stepLines(step, columns));
  const waiting = steps.filter(({ state }) => state === 'waiting');
  if (all.length <= rows || waiting.length < 2) return all;
  const begun = steps.filter(({ state }) => state !== 'waiting').flatMap((step) => stepLines(step, columns));
  return [...begun, [span(`· ${waiting.length} more steps`, 'dim')]];
}
