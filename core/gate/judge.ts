/** The gate: from what two models did on the same queries to a verdict and its reasons. */
import type { PairedValues } from './cluster-sums.ts';
import { guardReasons } from './guard-reasons.ts';
import { comparePaired, type PairedComparison } from './paired-comparison.ts';
import { primaryReasons } from './primary-reasons.ts';
import type { Reason } from './reason.ts';
import type { GateRule } from './rule.ts';

export interface Measured {
  /** Values of the rule's primary metric on the test part; it may have no query, which leaves it undecided. */
  readonly primary: PairedValues;
  /** By the names in the rule. */
  readonly guards: Readonly<Record<string, PairedValues>>;
}

/** Plain JSON: what was asked, what was measured, what follows. The same rule and values give the same verdict. */
export interface GateVerdict {
  readonly verdict: 'promote' | 'reject' | 'inconclusive';
  readonly reasons: Reason[];
  readonly rule: GateRule;
  /** Null: there was no query to compare on. */
  readonly primary: PairedComparison | null;
  readonly guards: Readonly<Record<string, PairedComparison>>;
}

function requireSameGuards(rule: GateRule, measured: Measured): void {
  const missing = Object.keys(rule.guards).filter((name) => !Object.hasOwn(measured.guards, name));
  const unknown = Object.keys(measured.guards).filter((name) => !Object.hasOwn(rule.guards, name));
  if (missing.length > 0) throw new RangeError(`the rule's guards ${missing.join(', ')} were not measured`);
  if (unknown.length > 0) throw new RangeError(`the rule has no guards ${unknown.join(', ')}, which were measured`);
}

/**
 * Evidence against the candidate rejects it, a lack of evidence leaves the comparison inconclusive, and only a candidate
 * that meets every clause is promoted.
 *
 * No level is divided by the number of guards: since all must be met, the risk of promoting a candidate that breaks any
 * one of them is at most that clause's own (Berger 1982, "Multiparameter hypothesis testing and acceptance sampling":
 * intersection–union test). What more guards cost is power, and so more verdicts are inconclusive.
 *
 * @throws RangeError when rule and measurements name different guards, the values of a set differ in number, a guard has
 *   none, or a value is not finite.
 */
export function judge(rule: GateRule, measured: Measured): GateVerdict {
  requireSameGuards(rule, measured);
  const primary = measured.primary.champion.length === 0 ? null : comparePaired(measured.primary, rule);
  const guards = Object.fromEntries(
    Object.keys(rule.guards).map((name) => [name, comparePaired(measured.guards[name]!, rule)]),
  );
  const reasons = [
    ...primaryReasons(primary, rule),
    ...Object.entries(rule.guards).flatMap(([name, guard]) =>
      guardReasons(name, guards[name]!, guard, rule.confidence),
    ),
  ];
  return { verdict: verdictOf(reasons), reasons, rule, primary, guards };
}

function verdictOf(reasons: readonly Reason[]): GateVerdict['verdict'] {
  const outcomes = new Set(reasons.map(({ outcome }) => outcome));
  if (outcomes.has('failed')) return 'reject';
  return outcomes.has('undecided') ? 'inconclusive' : 'promote';
}
