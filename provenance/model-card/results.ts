/** What was measured, and what was decided of it. */
import { METRIC_NAMES } from '../../contracts/metrics.ts';
import { leftOutText } from '../../contracts/left-out.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import { table } from './markdown.ts';

type Interval = { readonly low: number; readonly high: number };

export function resultsSection({ metrics, comparison, steps }: RunRecord): string {
  const { bm25, base, fineTuned } = metrics;
  const { intervals, ndcgDifference, queries } = comparison;
  const rows = METRIC_NAMES.filter((name) => base[name] !== undefined && fineTuned[name] !== undefined).map((name) => [
    name.replace('|', '\\|'),
    ...(bm25 ? [figure(bm25[name])] : []),
    `${figure(base[name])}${between(intervals.base[name])}`,
    `${figure(fineTuned[name])}${between(intervals.fineTuned[name])}`,
  ]);
  // Earlier versions of the step took every query for independent.
  const isClustered = steps.some(({ step, version }) => step === 'compare' && version > 2);
  const head = ['metric', ...(bm25 ? ['BM25'] : []), 'base model', 'fine-tuned'];
  const { mean, low, high } = ndcgDifference;
  return `## Results

On the test part, with 95 % intervals by bootstrap over ${isClustered ? 'queries clustered by passage' : 'queries'}:

${table(head, rows)}

nDCG@10 changes by ${mean.toFixed(4)} (95 % interval ${low.toFixed(4)} to ${high.toFixed(4)}). The passage ranks
better for ${queries.better} of the queries, worse for ${queries.worse}, the same for ${queries.same}.`;
}

export function verdictSection({ gate, promotion }: RunRecord): string {
  const { verdict, reasons: clauses } = gate.verdict;
  const { reference } = gate;
  const against = reference.kind === 'base' ? 'the base model' : `champion ${reference.revision}`;
  const reasons = clauses.map(
    ({ outcome, text, guard }) => `- ${outcome}: ${guard === null ? '' : `${guard}: `}${text}`,
  );
  // Records of earlier versions say no more than they did.
  const left = gate.leftOutBy ? leftOutText(gate) : null;
  return `## Verdict

Measured against ${against}: **${verdict}**.

${reasons.join('\n')}
${left === null ? '' : `\n${left}.\n`}
${promotionText(promotion)}`;
}

function promotionText({ state, by, at, revision, note }: RunRecord['promotion']): string {
  const said = note === null ? '' : ` ("${note.replaceAll(/\s+/g, ' ')}")`;
  const texts = {
    promoted: `It became the champion, revision ${revision}, by ${by} at ${at}${said}.`,
    refused: `${by} refused it at ${at}${said}.`,
    expired: 'Nobody answered in time whether it should become the champion.',
    kept: 'So it did not become the champion.',
    off: 'It was not to become the champion.',
  };
  return texts[state];
}

function figure(value: number | undefined): string {
  return value === undefined ? '' : value.toFixed(4);
}

function between(interval: Interval | undefined): string {
  return interval ? ` (${figure(interval.low)}–${figure(interval.high)})` : '';
}
