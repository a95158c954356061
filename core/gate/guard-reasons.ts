/** A guard set: can a loss beyond the tolerance be excluded? */
import type { PairedComparison } from './paired-comparison.ts';
import { queriesNeeded } from './power.ts';
import { describeChange, type Reason, sizeReasons } from './reason.ts';
import type { GuardRule } from './rule.ts';

/** By the guard's size, and if it is enough by what was measured on it. */
export function guardReasons(
  guard: string,
  comparison: PairedComparison,
  rule: GuardRule,
  confidence: number,
): Reason[] {
  const sizes = sizeReasons(guard, comparison, rule);
  if (sizes.some(({ outcome }) => outcome !== 'met')) return sizes;
  return [...sizes, loss(guard, comparison, rule, confidence)];
}

/**
 * Non-inferiority by the interval (Piaggio and others 2012, CONSORT extension): what must be shown is the absence of a
 * loss, so that a lack of power leaves the guard undecided and can't let a loss pass unseen.
 */
function loss(
  guard: string,
  comparison: PairedComparison,
  { metric, tolerance }: GuardRule,
  confidence: number,
): Reason {
  const { low, high, queries, detectable } = comparison;
  const change = describeChange(metric, comparison, confidence);
  const beyond = tolerance > 0 ? `a loss of more than ${tolerance}` : 'a loss';
  const bound = 0 - tolerance;
  const about = { guard, clause: 'loss', bound } as const;
  if (low >= bound) return { ...about, outcome: 'met', value: low, text: `${change}: ${beyond} is excluded` };
  if (high < bound) return { ...about, outcome: 'failed', value: high, text: `${change}: ${beyond} is shown` };
  const needed = queriesNeeded(queries, detectable, tolerance);
  const remedy =
    needed !== null && needed > queries ? `; for an equal model to pass takes about ${needed} queries` : '';
  return { ...about, outcome: 'undecided', value: low, text: `${change}: ${beyond} is not excluded${remedy}` };
}
