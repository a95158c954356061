/** What the rounds of the search benchmark say: the exact index with its aims, the others beside it. */
import type { Figure, Report } from '../benchmark.ts';
import { figure, medians } from '../figures.ts';
import { ratioOfMedians, summarize } from '../statistics.ts';
import type { BindingTimes } from './binding.ts';
import type { PythonTimes } from './python-faiss.ts';

/** One index by both, round by round. */
export interface SearchRounds {
  readonly factory: string;
  readonly ours: readonly BindingTimes[];
  readonly theirs: readonly PythonTimes[];
}

const AIMS: Readonly<Record<string, Figure['aim']>> = {
  addRatio: { is: '≤', bound: 1.1 },
  searchRatio: { is: '≤', bound: 1.1 },
  sameLabels: { is: '=', bound: 1 },
  'loopLagMs.p99': { is: '≤', bound: 20 },
  'loopLagMs.max': { is: '≤', bound: 20 },
};

/** @param others searched for the `k` nearest of the same queries in the same vectors */
export function toReport(
  exact: SearchRounds,
  others: readonly SearchRounds[],
  k: number,
  notes: readonly string[],
): Report {
  const equal = exact.ours.map(({ labels }, round) => shareOfEqual(labels, exact.theirs[round]?.labels));
  const figures = [...compare(exact), figure('sameLabels', summarize(equal)), ...lagOf(exact)].map(withAim);
  const nearest = exact.ours[0]?.labels ?? new Int32Array();
  const compared = others.map((rounds) => ({
    factory: rounds.factory,
    figures: [...compare(rounds), ...recallsOf(rounds, nearest, k)],
  }));
  const named = compared.flatMap(({ factory, figures: ofFactory }) =>
    ofFactory.map((one) => ({ ...one, name: `${factory}: ${one.name}` })),
  );
  return {
    result: {
      ...medians(figures),
      others: compared.map(({ factory, figures: ofFactory }) => ({ factory, ...medians(ofFactory) })),
    },
    figures: [...figures, ...named],
    notes,
  };
}

/** Ratios of seconds, ours by theirs, and the seconds themselves. */
function compare({ ours, theirs }: SearchRounds): Figure[] {
  const of = (times: readonly PythonTimes[], call: 'add' | 'search'): number[] => times.map((at) => at[call]);
  return [
    figure('addRatio', ratioOfMedians(of(ours, 'add'), of(theirs, 'add'))),
    figure('searchRatio', ratioOfMedians(of(ours, 'search'), of(theirs, 'search'))),
    ...(['add', 'search'] as const).flatMap((call) => [
      figure(`ours.${call}Seconds`, summarize(of(ours, call)), 's'),
      figure(`python.${call}Seconds`, summarize(of(theirs, call)), 's'),
    ]),
  ];
}

/** Of the rounds, the worst: a heartbeat is missed once. */
function lagOf({ ours }: SearchRounds): Figure[] {
  return (['p99', 'max'] as const).map((name) => {
    const { low, high } = summarize(ours.map(({ lag }) => lag[name]));
    return figure(`loopLagMs.${name}`, { median: high, low, high }, 'ms');
  });
}

function recallsOf({ ours, theirs }: SearchRounds, nearest: Int32Array, k: number): Figure[] {
  const recalls = (times: readonly PythonTimes[]): number[] => times.map(({ labels }) => recall(labels, nearest, k));
  return [figure('ours.recall', summarize(recalls(ours))), figure('python.recall', summarize(recalls(theirs)))];
}

function shareOfEqual(labels: Int32Array, others: Int32Array | undefined): number {
  return labels.reduce((count, label, index) => count + Number(label === others?.[index]), 0) / labels.length;
}

function withAim(one: Figure): Figure {
  const aim = AIMS[one.name];
  return aim ? { ...one, aim } : one;
}

/** Share of the truly nearest that were found, int32 [queries, k] both. */
function recall(found: Int32Array, nearest: Int32Array, k: number): number {
  let hits = 0;
  for (let start = 0; start < nearest.length; start += k) {
    const labels = new Set(found.subarray(start, start + k));
    for (const label of nearest.subarray(start, start + k)) hits += Number(labels.has(label));
  }
  return hits / nearest.length;
}
