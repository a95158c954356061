/** The table of metrics: zero-shot beside fine-tuned, with BM25 where it was measured. */
import { counted } from '../../contracts/count.ts';
import { METRIC_NAMES } from '../../contracts/metrics.ts';
import type { RunResult } from '../../contracts/run-result.ts';
import type { Colors } from '../context.ts';
import { formatDifference, formatMetric } from './quantity.ts';
import { table } from './table.ts';

/** Counts ride along with the metrics; they are said beneath the table. */
const COUNTS = ['n_queries', 'n_docs'];

/** Metrics in the order of {@link METRIC_NAMES}, unknown ones after them. */
export function metricTable(
  { bm25, base, fineTuned }: RunResult['metrics'],
  colors: Colors,
  width = Infinity,
): string[] {
  const extra = Object.keys(fineTuned).filter((name) => !isKnown(name) && !COUNTS.includes(name));
  const names = [...METRIC_NAMES, ...extra].filter((name) => base[name] !== undefined || fineTuned[name] !== undefined);
  const rows = names.map((name) => [
    name,
    ...(bm25 ? [formatMetric(bm25[name])] : []),
    formatMetric(base[name]),
    formatMetric(fineTuned[name]),
    difference(base[name], fineTuned[name], colors),
  ]);
  const head = ['metric', ...(bm25 ? ['BM25'] : []), 'zero-shot', 'fine-tuned', 'difference'];
  const { n_queries: queries, n_docs: passages } = fineTuned;
  const counts =
    queries === undefined || passages === undefined
      ? []
      : [`${counted(queries, 'test query')} over ${counted(passages, 'passage')}.`];
  return [...table(head, rows, ['left'], colors, width), ...counts];
}

function isKnown(name: string): boolean {
  return METRIC_NAMES.some((known) => known === name);
}

function difference(base: number | undefined, fineTuned: number | undefined, colors: Colors): string {
  if (base === undefined || fineTuned === undefined) return '–';
  const text = formatDifference(fineTuned - base);
  if (text.startsWith('+')) return colors.green(text);
  return text.startsWith('−') ? colors.red(text) : text;
}
