/** Which runs of a list are shown, and in which order. */
import type { RunSummary } from './run-summary.ts';

export interface RunFilter {
  readonly preset?: string;
  readonly verdict?: RunSummary['verdict'];
  /** Tags that a run must have, all of them. */
  readonly tag?: readonly string[];
  /** Only runs whose model is the champion, or was. */
  readonly champion?: boolean;
  /** Bounds of the end of the run, both included, in milliseconds since the epoch. */
  readonly since?: number;
  readonly until?: number;
}

type Value = string | number | null;

/** What `--sort` takes, and how a run's place is found by it. */
const FIELDS = {
  finished: ({ finishedAt }) => Date.parse(finishedAt),
  started: ({ startedAt }) => Date.parse(startedAt),
  before: ({ before }) => before,
  after: ({ after }) => after,
  gain: ({ before, after }) => (before === null || after === null ? null : after - before),
  workflow: ({ workflowId }) => workflowId,
  preset: ({ preset }) => preset,
  model: ({ baseModel }) => baseModel,
  data: ({ data }) => data.sha256,
  verdict: ({ verdict }) => verdict,
} satisfies Record<string, (run: RunSummary) => Value>;

export type SortField = keyof typeof FIELDS;
export const SORT_FIELDS = Object.keys(FIELDS) as readonly SortField[];

export function matches(run: RunSummary, { preset, verdict, tag = [], champion, since, until }: RunFilter): boolean {
  const finished = Date.parse(run.finishedAt);
  return (
    (preset === undefined || run.preset === preset) &&
    (verdict === undefined || run.verdict === verdict) &&
    tag.every((name) => run.tags.includes(name)) &&
    (champion !== true || run.champion !== null) &&
    (since === undefined || finished >= since) &&
    (until === undefined || finished <= until)
  );
}

/** Times and figures with the newest and best first, words by the alphabet; runs of one place newest first. */
export function sorted(runs: readonly RunSummary[], field: SortField, reverse: boolean): RunSummary[] {
  const valueOf: (run: RunSummary) => Value = FIELDS[field];
  const sign = reverse ? -1 : 1;
  return [...runs].sort(
    (a, b) => sign * compare(valueOf(a), valueOf(b)) || compare(FIELDS.finished(a), FIELDS.finished(b)),
  );
}

function compare(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : Number(a > b);
  return (typeof b === 'number' ? b : -Infinity) - (typeof a === 'number' ? a : -Infinity) || 0;
}
