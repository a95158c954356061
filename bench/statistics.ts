/** Rounds of a measurement as their median and spread. */
import { quantile } from '../core/statistics.ts';

export interface Summary {
  readonly median: number;
  /** Least and greatest of the rounds. */
  readonly low: number;
  readonly high: number;
}

/** @throws RangeError without values */
export function summarize(values: readonly number[]): Summary {
  return { median: quantile(Float64Array.from(values), 0.5), low: Math.min(...values), high: Math.max(...values) };
}

/** One value that was counted or measured once. */
export function exactly(value: number): Summary {
  return { median: value, low: value, high: value };
}

/** Median of `over` by median of `under`; the spread is that of the ratios round by round. */
export function ratioOfMedians(over: readonly number[], under: readonly number[]): Summary {
  const byRound = over.map((value, round) => value / (under[round] ?? Number.NaN));
  return { ...summarize(byRound), median: summarize(over).median / summarize(under).median };
}
