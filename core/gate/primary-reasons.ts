/** The primary metric: is the candidate better by more than the margin, and could the comparison have told? */
import type { PairedComparison } from './paired-comparison.ts';
import { queriesNeeded } from './power.ts';
import { describeChange, percent, type Reason, sizeReasons } from './reason.ts';
import type { GateRule } from './rule.ts';

/** By the test part's size, and if it is enough by what was measured on it; null: there was nothing to measure on. */
export function primaryReasons(comparison: PairedComparison | null, rule: GateRule): Reason[] {
  const sizes = sizeReasons(null, comparison ?? { queries: 0, passages: 0 }, rule.primary);
  if (!comparison || sizes.some(({ outcome }) => outcome !== 'met')) return sizes;
  const found = power(comparison, rule);
  return [...sizes, found, gain(comparison, rule, found.outcome === 'met'), chance(comparison, rule)];
}

/**
 * A test part that would miss the smallest effect most of the time shows a gain only where it overestimates one, which
 * is why such a comparison does not pass even if its interval lies above the margin (Gelman and Carlin 2014, "Beyond
 * power calculations": errors of magnitude).
 */
function power(comparison: PairedComparison, { primary, power: wanted }: GateRule): Reason {
  const value = primary.margin + comparison.detectable;
  const bound = primary.smallestEffect;
  const found = `a gain of ${value.toFixed(4)} is the least that ${percent(wanted)} of such comparisons find`;
  const needed = queriesNeeded(comparison.queries, comparison.detectable, bound - primary.margin);
  const about = { guard: null, clause: 'power', value, bound } as const;
  if (value <= bound) return { ...about, outcome: 'met', text: `${found}: ${bound} is asked for` };
  const remedy = `that takes ${needed === null ? 'more' : `about ${needed}`} queries`;
  return { ...about, outcome: 'undecided', text: `${found}, but ${bound} is asked for: ${remedy}` };
}

/**
 * Better where the interval lies above the margin. Not better where it lies below it, or, if a gain worth finding would
 * have been found, where it excludes every such gain.
 */
function gain(comparison: PairedComparison, { primary, confidence }: GateRule, powered: boolean): Reason {
  const { low, high } = comparison;
  const { metric, margin, smallestEffect } = primary;
  const change = describeChange(metric, comparison, confidence);
  const about = { guard: null, clause: 'gain' } as const;
  if (low > margin) {
    const text = `${change}: more than the margin of ${margin}`;
    return { ...about, outcome: 'met', value: low, bound: margin, text };
  }
  if (high < margin) {
    const text = `${change}: less than the margin of ${margin}`;
    return { ...about, outcome: 'failed', value: high, bound: margin, text };
  }
  if (powered && high < smallestEffect) {
    const text = `${change}: a gain of ${smallestEffect} is excluded`;
    return { ...about, outcome: 'failed', value: high, bound: smallestEffect, text };
  }
  const text = `${change}: more than the margin of ${margin} is neither shown nor excluded`;
  return { ...about, outcome: 'undecided', value: low, bound: margin, text };
}

/** A second opinion that rests on other assumptions than the interval. */
function chance({ pValue }: PairedComparison, { confidence }: GateRule): Reason {
  // 1 - 0.95 is 0.050000000000000044.
  const bound = Number((1 - confidence).toPrecision(12));
  const about = { guard: null, clause: 'chance', value: pValue, bound } as const;
  const observed = `p = ${pValue.toPrecision(2)} by randomisation`;
  return pValue <= bound
    ? { ...about, outcome: 'met', text: `${observed}: at most ${bound}, so hardly chance` }
    : { ...about, outcome: 'undecided', text: `${observed}: above ${bound}, so it may be chance` };
}
