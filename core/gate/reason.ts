/** One clause of the rule, and what the numbers say to it. */
import type { LeastSize } from './rule.ts';
import type { PairedComparison } from './paired-comparison.ts';

export interface Reason {
  /** Name of the guard set that it is about; null: the test part. */
  readonly guard: string | null;
  readonly clause: 'queries' | 'passages' | 'power' | 'gain' | 'chance' | 'loss';
  /** `failed` is evidence against the candidate; `undecided` is a lack of evidence. */
  readonly outcome: 'met' | 'failed' | 'undecided';
  /** The number that decided, and what it was held against. */
  readonly value: number;
  readonly bound: number;
  /** The same in words. */
  readonly text: string;
}

export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(6))} %`;
}

function signed(difference: number): string {
  return `${difference < 0 ? '' : '+'}${difference.toFixed(4)}`;
}

/** "retrieval/nDCG@10 changed by +0.0312 (95 % interval +0.0105 to +0.0519)". */
export function describeChange(metric: string, comparison: PairedComparison, confidence: number): string {
  const { difference, low, high } = comparison;
  return `${metric} changed by ${signed(difference)} (${percent(confidence)} interval ${signed(low)} to ${signed(high)})`;
}

/** Whether a set has the queries and passages without which its interval is not to be trusted. */
export function sizeReasons(
  guard: string | null,
  { queries, passages }: Pick<PairedComparison, 'queries' | 'passages'>,
  rule: LeastSize,
): Reason[] {
  const sizes = [
    { clause: 'queries', value: queries, bound: rule.minimumQueries },
    { clause: 'passages', value: passages, bound: rule.minimumPassages },
  ] as const;
  return sizes.map(({ clause, value, bound }) => ({
    guard,
    clause,
    outcome: value >= bound ? 'met' : 'undecided',
    value,
    bound,
    text:
      value >= bound
        ? `${value} ${clause} are enough: at least ${bound} are asked for`
        : `${value} ${clause} are too few to decide by: at least ${bound} are asked for`,
  }));
}
