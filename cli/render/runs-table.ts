/** Finished runs as a table: when, with what, how good before and after, and what became of the candidate. */
import type { Colors } from '../context.ts';
import type { RunSummary } from '../records/run-summary.ts';
import { VERDICT_COLOURS } from './gate-lines.ts';
import { oneLine } from './line.ts';
import { formatCount, formatInstant, formatMetric } from './quantity.ts';
import { table } from './table.ts';

const HEAD = [
  '',
  'workflow',
  'finished',
  'name',
  'model',
  'data',
  'before',
  'after',
  'verdict',
  'promotion',
  'signed',
  'tags',
];
const MARKS = { now: '★', earlier: '☆' } as const;
/** Hexadecimal digits that tell digests and keys of one bucket apart. */
const SHORT = 10;

/** @param total runs that there are, whatever is shown of them */
export function runsTable(runs: readonly RunSummary[], total: number, colors: Colors): string[] {
  if (total === 0) return ['There is no finished run in the bucket yet.'];
  if (runs.length === 0) return [`None of ${formatCount(total)} finished runs is such a one.`];
  const repeated = repeatedIds(runs);
  const rows = runs.map((run) => [
    run.champion === null ? '' : colors.yellow(MARKS[run.champion]),
    oneLine(repeated.has(run.workflowId) ? `${run.workflowId}@${run.runId}` : run.workflowId),
    formatInstant(Date.parse(run.finishedAt)),
    oneLine(run.name),
    oneLine(run.baseModel),
    run.data.sha256.slice(0, SHORT),
    formatMetric(run.before ?? undefined),
    formatMetric(run.after ?? undefined),
    colors[VERDICT_COLOURS[run.verdict]](run.verdict),
    run.promotion,
    run.signedBy.map((id) => oneLine(id).slice(0, SHORT)).join(' ') || 'no',
    run.tags.join(' '),
  ]);
  const alignments = HEAD.map((name) => (name === 'before' || name === 'after' ? 'right' : 'left'));
  const counts = `${formatCount(runs.length)} of ${formatCount(total)} finished runs; before and after are nDCG@10.`;
  return [...table(HEAD, rows, alignments, colors), '', counts];
}

/** Workflow IDs that stand for more than one run, which are shown as a command line can name them. */
function repeatedIds(runs: readonly RunSummary[]): Set<string> {
  const seen = new Set<string>();
  return new Set(runs.flatMap(({ workflowId }) => (seen.has(workflowId) ? [workflowId] : (seen.add(workflowId), []))));
}
