/** The table of a sweep's trials: what each changes and what came of it, best first. */
import { ranking, type SweepProgress, type TrialProgress } from '../../contracts/sweep-result.ts';
import type { Colors } from '../context.ts';
import { oneLine } from './line.ts';
import { formatMetric } from './quantity.ts';
import { table } from './table.ts';

type Trials = Pick<SweepProgress, 'trials' | 'metric' | 'winner'>;

/** The table, and beneath it the reasons of the trials that failed. */
export function sweepTable({ trials, metric, winner }: Trials, colors: Colors, width = Infinity): string[] {
  const ranked = ranking(trials, metric);
  const paths = [...new Set(trials.flatMap(({ changes }) => Object.keys(changes)))];
  const rows = ranked.map((trial) => [
    trial.number === winner?.trial ? colors.green(`★ ${trial.number}`) : String(trial.number),
    ...paths.map((path) => value(trial.changes[path])),
    formatMetric(trial.result?.metrics[metric]),
    String(trial.result?.bestStep ?? '–'),
    seconds(trial),
    state(trial, colors),
  ]);
  const head = ['trial', ...paths, metric, 'best step', 'seconds', 'state'];
  const alignments = head.map((_, column) => (column === head.length - 1 ? 'left' : 'right'));
  const reasons = ranked.flatMap(({ number, failure }) =>
    failure ? [`  ${number}: ${oneLine([failure.type, failure.message].filter(Boolean).join(': '))}`] : [],
  );
  return [...table(head, rows, alignments, colors, width), ...(reasons.length > 0 ? ['Failed', ...reasons] : [])];
}

/** As it was given; what a trial of a list leaves as the base has it is not there. */
function value(changed: unknown): string {
  if (changed === undefined) return '–';
  return oneLine(typeof changed === 'string' ? changed : JSON.stringify(changed));
}

function seconds({ startedAt, finishedAt }: TrialProgress): string {
  return startedAt === undefined || finishedAt === undefined ? '–' : ((finishedAt - startedAt) / 1_000).toFixed(1);
}

function state({ state: name, result }: TrialProgress, colors: Colors): string {
  switch (name) {
    case 'done':
      return result?.training.cached ? colors.green('cached') : 'computed';
    case 'failed':
      return colors.red(name);
    case 'running':
      return colors.cyan(name);
    case 'waiting':
    default:
      return colors.dim(name);
  }
}
