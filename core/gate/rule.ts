/** What a candidate must show to take the champion's place, fixed before it is measured. */
import type { InferenceOptions } from './paired-comparison.ts';
import type { RankMetric } from './rank-values.ts';

/** A set with fewer decides nothing. */
export interface LeastSize {
  readonly minimumQueries: number;
  readonly minimumPassages: number;
}

/** All differences are absolute, in the metric's own unit. */
export interface PrimaryRule extends LeastSize {
  readonly metric: RankMetric;
  /** The candidate must be better by more than this. */
  readonly margin: number;
  /** Gain that the comparison must be able to find, above the margin. */
  readonly smallestEffect: number;
}

export interface GuardRule extends LeastSize {
  /** What the guard's values are. */
  readonly metric: RankMetric;
  /** Loss that is put up with. */
  readonly tolerance: number;
}

export interface GateRule extends InferenceOptions {
  readonly primary: PrimaryRule;
  readonly guards: Readonly<Record<string, GuardRule>>;
}
