/** The gate's verdict with its reasons, and what became of the candidate. */
import { counted } from '../../contracts/count.ts';
import type { GateResult } from '../../contracts/gate.ts';
import { gainText, reasonWords } from '../../contracts/gate-words.ts';
import { leftOutText } from '../../contracts/left-out.ts';
import type { PromotionResult } from '../../contracts/run-result.ts';
import type { Colors } from '../context.ts';
import { oneLine } from './line.ts';
import { formatInstant, formatMetric } from './quantity.ts';

type Verdict = GateResult['verdict'];
type Reason = Verdict['reasons'][number];
type Measured = NonNullable<Verdict['primary']>;

export const VERDICT_COLOURS = { promote: 'green', reject: 'red', inconclusive: 'yellow' } as const;

const MARKS: Record<Reason['outcome'], { readonly mark: string; readonly colour: 'green' | 'red' | 'yellow' }> = {
  met: { mark: '✔', colour: 'green' },
  failed: { mark: '✖', colour: 'red' },
  undecided: { mark: '?', colour: 'yellow' },
};

/** Verdict, what was compared, and each clause of the rule on a line of its own. */
export function gateLines(gate: GateResult, colors: Colors): string[] {
  const { verdict } = gate;
  const leftOut = leftOutText(gate);
  return [
    `${colors[VERDICT_COLOURS[verdict.verdict]](verdict.verdict)}, ${againstText(gate)}`,
    ...primaryLine(verdict),
    ...guardLines(verdict),
    ...verdict.reasons.map((reason) => reasonLine(reason, verdict, colors)),
    ...(leftOut === null ? [] : [`${leftOut}.`]),
  ];
}

/** `against champion revision 4 (nightly-2026-11-20)`. */
export function againstText({ reference }: GateResult): string {
  return reference.kind === 'base'
    ? 'against the base model, since there is no champion'
    : `against champion revision ${reference.revision} (${oneLine(reference.run.workflowId)})`;
}

function primaryLine({ primary, rule }: Verdict): string[] {
  return primary === null ? [] : [measuredText(rule.primary.metric, primary, rule)];
}

/** The figures themselves: a change alone does not say of what. */
function guardLines({ guards, rule }: Verdict): string[] {
  return Object.entries(guards).flatMap(([name, measured]) => {
    const metric = rule.guards[name]?.metric;
    return metric === undefined ? [] : [`guard ${name}: ${measuredText(metric, measured, rule)}`];
  });
}

function measuredText(metric: string, measured: Measured, rule: Verdict['rule']): string {
  const { queries, passages, champion, candidate } = measured;
  const sizes = `${counted(queries, 'query')} over ${counted(passages, 'passage')}`;
  const gain = gainText(measured, rule);
  return `${metric} ${formatMetric(champion)} → ${formatMetric(candidate)}, ${gain} on ${sizes}`;
}

function reasonLine(reason: Reason, verdict: Verdict, colors: Colors): string {
  const { mark, colour } = MARKS[reason.outcome];
  const guard = reason.guard === null ? '' : `guard ${reason.guard}: `;
  return `  ${colors[colour](mark)} ${oneLine(guard + reasonWords(reason, verdict))}`;
}

/** What became of the candidate, in one line: `promoted to revision 5 by ada, 2026-11-24 09:12:03Z: all fine`. */
export function promotionText({ state, by, at, note, revision }: PromotionResult): string {
  const who = `${by === null ? '' : ` by ${by}`}${at === null ? '' : `, ${formatInstant(Date.parse(at))}`}`;
  const why = note === null ? '' : `: ${note}`;
  switch (state) {
    case 'promoted':
      return oneLine(`promoted${revision === null ? '' : ` to revision ${revision}`}${who}${why}`);
    case 'refused':
      return oneLine(`refused${who}${why}`);
    case 'kept':
      return oneLine(note === null ? 'none, the gate did not pass the candidate' : `none${why}`);
    case 'expired':
      return oneLine(`none, nobody answered in time${why}`);
    case 'off':
    default:
      return oneLine(`none, promote is never${why}`);
  }
}
