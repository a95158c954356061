/**
 * What a clause of the gate says, for who has never read its rule: in the command line, the Temporal UI and the webhook.
 * The record keeps the clause's own text, which is proven with it.
 *
 * Free of zod and of Node, since workflow code imports it.
 */
import { formatCount } from './count.ts';
import type { GateVerdict } from './gate.ts';

type Reason = GateVerdict['reasons'][number];
type Comparison = NonNullable<GateVerdict['primary']>;

/** `Enough data: a gain of 0.036 would be found 4 times in 5 (0.05 required)`. */
export function reasonWords(reason: Reason, verdict: Pick<GateVerdict, 'primary' | 'guards' | 'rule'>): string {
  const { guard, clause, outcome, value, bound } = reason;
  const isMet = outcome === 'met';
  const comparison = guard === null ? verdict.primary : (verdict.guards[guard] ?? null);
  switch (clause) {
    case 'queries':
    case 'passages':
      return `${isMet ? 'Enough' : 'Too few'} ${clause}: ${formatCount(value)} (${formatCount(bound)} required)`;
    case 'power': {
      const found = `a gain of ${decimals(value)} would be found ${oftenness(verdict.rule.power)}`;
      return isMet
        ? `Enough data: ${found} (${decimals(bound)} required)`
        : `Not enough data: only ${found} (${decimals(bound)} required)`;
    }
    case 'gain':
      return gainWords(reason, comparison, verdict.rule);
    case 'chance':
      return `${isMet ? 'Hardly chance' : 'May be chance'}: p = ${decimals(value)} (at most ${decimals(bound)} required)`;
    case 'loss':
      return lossWords(reason, comparison);
    default:
      return clause satisfies never;
  }
}

function gainWords(
  { outcome, value, bound }: Reason,
  comparison: Comparison | null,
  rule: GateVerdict['rule'],
): string {
  const { margin, smallestEffect } = rule.primary;
  const change = signed(comparison?.difference ?? value);
  const more = margin > 0 ? ` by more than ${decimals(margin)}` : '';
  if (outcome === 'met') return `Better${more}: ${change}`;
  if (outcome === 'undecided') return `Not shown to be better${more}: ${change}, which may be chance`;
  if (margin === 0 && bound === margin) return `Worse: ${change}`;
  return `Not better${more}: ${change}; a gain of ${decimals(bound === margin ? margin : smallestEffect)} or more is ruled out`;
}

function lossWords({ outcome, value, bound }: Reason, comparison: Comparison | null): string {
  const change = signed(comparison?.difference ?? value);
  const beyond = bound < 0 ? `a loss of more than ${decimals(-bound)}` : 'a loss';
  if (outcome === 'met') return `Not worse: ${change}; ${beyond} is ruled out`;
  if (outcome === 'failed') return `Worse: ${change}; ${beyond} is shown`;
  return `Not shown to hold: ${change}; ${beyond} can't be ruled out`;
}

/** The gain with its interval: `+0.1692 (95 % interval +0.1503 to +0.1884)`. */
export function gainText({ difference, low, high }: Comparison, { confidence }: GateVerdict['rule']): string {
  const share = `${Number((100 * confidence).toPrecision(6))} %`;
  return `${signed(difference, 4)} (${share} interval ${signed(low, 4)} to ${signed(high, 4)})`;
}

/** "4 times in 5", "9 times in 10", "85 times in 100". */
function oftenness(share: number): string {
  const of = [5, 10, 20, 100].find((times) => Math.abs(share * times - Math.round(share * times)) < 1e-9) ?? 100;
  return `${Math.round(share * of)} times in ${of}`;
}

/** Three decimals, without zeros at the end; what is smaller keeps one digit. */
function decimals(value: number): string {
  return String(Math.abs(value) < 5e-4 ? Number(value.toPrecision(1)) : Number(value.toFixed(3)));
}

function signed(difference: number, digits = 3): string {
  const text = Math.abs(difference).toFixed(digits);
  if (Number(text) === 0) return text;
  return `${difference < 0 ? '−' : '+'}${text}`;
}
