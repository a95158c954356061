/** The differences of two runs as lines. */
import type { LeafDifference } from '../../core/leaf-differences.ts';
import type { Colors } from '../context.ts';
import type { MetricDifference, RunDifferences } from '../records/diff-records.ts';
import type { StepDifference } from '../records/diff-steps.ts';
import { leafLines } from './leaf-lines.ts';
import { oneLine } from './line.ts';
import { formatDifference, formatInstant, formatMetric } from './quantity.ts';
import { table } from './table.ts';

/** What differs, section by section; a section in which nothing does is left out. */
export function diffReport(differences: RunDifferences, colors: Colors, width = Infinity): string[] {
  const { a, b, inputs, code, environment, steps, metrics, outcome } = differences;
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ['', colors.bold(title), ...lines];
  const body = [
    ...section('Inputs', leafLines(inputs, colors)),
    ...section('Code', leafLines(code, colors)),
    ...section('Environment', leafLines(environment, colors)),
    ...section('Steps', stepLines(steps, colors)),
    ...section('Metrics', metricLines(metrics, colors, width)),
    ...section('Outcome', leafLines(outcome, colors)),
  ];
  return [runLine('a', a), runLine('b', b), '', conclusion(differences), ...body];
}

function runLine(name: string, { workflowId, runId, finishedAt }: RunDifferences['a']): string {
  return `${name}  ${oneLine(workflowId)}, run ${oneLine(runId)}, finished ${formatInstant(Date.parse(finishedAt))}`;
}

/** One sentence: whether anything differs, and where it begins. */
function conclusion({ inputs, code, environment, steps: [first], outcome }: RunDifferences): string {
  if (first) {
    const why = first.unrepeated ? ', which had the same inputs, parameters and code and gave something else' : '';
    return `The first step that differs is ${first.step}${why}.`;
  }
  const others = [...inputs, ...code, ...environment, ...outcome];
  return others.length === 0
    ? 'Nothing differs: the same inputs, code and environment, and the same result of every step.'
    : 'No step differs: every one has the same key and the same result.';
}

function stepLines(steps: readonly StepDifference[], colors: Colors): string[] {
  return steps.flatMap((step) => {
    const title = `  ${colors.cyan(step.step)}`;
    if (step.in !== 'both') return [`${title}  only ${step.in} has it`];
    const { version, inputs, parameters, results, unrepeated } = step;
    const named = (what: string, leaves: readonly LeafDifference[]): string[] =>
      leaves.length === 0 ? [] : [`${what} ${leaves.map(({ path }) => oneLine(path)).join(', ')}`];
    const causes = [
      ...(unrepeated ? ['same key, other result'] : []),
      ...named('code', version),
      ...named('inputs', inputs),
      ...named('parameters', parameters),
    ];
    const effects = results.length === 0 ? ['the same result'] : named('result', results);
    return [`${title}  ${[...causes, ...effects].join('; ')}`];
  });
}

function metricLines(metrics: readonly MetricDifference[], colors: Colors, width: number): string[] {
  if (metrics.length === 0) return [];
  const rows = metrics.map(({ model, metric, a, b }) => [
    model,
    oneLine(metric),
    formatMetric(a),
    formatMetric(b),
    a === undefined || b === undefined ? '–' : formatDifference(b - a),
  ]);
  return table(['model', 'metric', 'a', 'b', 'difference'], rows, ['left', 'left'], colors, width);
}
