/** Finished runs as a table: when, with what, how good before and after, and what became of the candidate. */
import { counted } from '../../contracts/count.ts';
import type { Colors } from '../context.ts';
import type { RunSummary } from '../records/run-summary.ts';
import { fitLines, shownWidth } from './fit.ts';
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

/** Columns for which a narrow terminal has room; the others stand in a second line. */
const NARROW = ['', 'workflow', 'finished', 'before', 'after', 'verdict'];

/**
 * @param total runs that there are, whatever is shown of them
 * @param width of the terminal. @default as wide as the table
 */
export function runsTable(runs: readonly RunSummary[], total: number, colors: Colors, width = Infinity): string[] {
  if (total === 0) return ['There is no finished run in the bucket yet.'];
  const finished = counted(total, 'finished run');
  if (runs.length === 0) return [`No run of ${finished} matches.`];
  const rows = cellsOf(runs, colors);
  const whole = table(HEAD, rows, alignmentsOf(HEAD), colors);
  const shown = whole.every((line) => shownWidth(line) <= width) ? whole : narrowTable(rows, colors, width);
  return [...shown, '', `${formatCount(runs.length)} of ${finished}; before and after are nDCG@10.`];
}

/** Cells in the order of {@link HEAD}. */
function cellsOf(runs: readonly RunSummary[], colors: Colors): string[][] {
  const repeated = repeatedIds(runs);
  return runs.map((run) => [
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
}

function alignmentsOf(head: readonly string[]): ('left' | 'right')[] {
  return head.map((name) => (name === 'before' || name === 'after' ? 'right' : 'left'));
}

/** The figures beneath each other, and beneath each run what it was made of. */
function narrowTable(rows: readonly (readonly string[])[], colors: Colors, width: number): string[] {
  const kept = HEAD.map((name) => NARROW.includes(name));
  const main = rows.map((row) => row.filter((_, column) => kept[column]));
  const lines = table(NARROW, main, alignmentsOf(NARROW), colors);
  // IDs may be of any length: then each run is a paragraph.
  if (lines.some((line) => shownWidth(line) > width)) return table(HEAD, rows, alignmentsOf(HEAD), colors, width);
  const [head = '', rule = '', ...body] = lines;
  const others = rows.map((row) =>
    HEAD.flatMap((name, column) => (kept[column] || row[column] === '' ? [] : [`${name} ${row[column]}`])).join(', '),
  );
  return [head, rule, ...body.flatMap((line, row) => [line, ...fitLines([`    ${others[row]}`], width)])];
}

/** Workflow IDs that stand for more than one run, which are shown as a command line can name them. */
function repeatedIds(runs: readonly RunSummary[]): Set<string> {
  const seen = new Set<string>();
  return new Set(runs.flatMap(({ workflowId }) => (seen.has(workflowId) ? [workflowId] : (seen.add(workflowId), []))));
}
