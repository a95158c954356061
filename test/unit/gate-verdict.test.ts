/** core/gate/judge: which clause of the rule decides, and what the contract makes of rule and verdict. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as contract from '../../contracts/gate.ts';
import type { PairedValues } from '../../core/gate/cluster-sums.ts';
import { type GateVerdict, judge } from '../../core/gate/judge.ts';
import { rankValues } from '../../core/gate/rank-values.ts';
import type { GateRule } from '../../core/gate/rule.ts';
import { primaryOf } from '../fixtures/primary-of.ts';

const QUERIES = 400;

/**
 * Differences that are `difference` on average and vary by `spread` around it, two queries a passage: their clustered
 * standard error is spread / √200 = 0.07 spread.
 */
function pairs(difference: number, spread: number, queries = QUERIES): PairedValues {
  const champion = new Float64Array(queries).fill(0.5);
  const passages = Int32Array.from(champion, (_, query) => query >> 1);
  const candidate = champion.map(
    (value, query) => value + difference + (passages[query]! % 2 === 0 ? spread : -spread),
  );
  return { champion, candidate, passages };
}

function ruleOf(input: unknown = {}): GateRule {
  return contract.gateRule.parse(input);
}

/** "power undecided" and the like for all clauses that are not met, those of guards with their names. */
function unmet({ reasons }: GateVerdict): string[] {
  return reasons
    .filter(({ outcome }) => outcome !== 'met')
    .map(({ guard, clause, outcome }) => `${guard === null ? '' : `${guard} `}${clause} ${outcome}`);
}

function textOf({ reasons }: GateVerdict, clause: string): string | undefined {
  return reasons.find((reason) => reason.clause === clause)?.text;
}

describe('the primary metric', () => {
  const judgePrimary = (values: PairedValues, primary: object = {}) =>
    judge(ruleOf({ primary }), { primary: values, guards: {} });

  test('a gain whose interval lies above the margin is promoted', () => {
    const found = judgePrimary(pairs(0.04, 0.2));
    assert.equal(found.verdict, 'promote');
    assert.deepEqual(unmet(found), []);
    assert.match(
      textOf(found, 'gain') ?? '',
      /^retrieval\/nDCG@10 changed by \+0\.0400 \(95 % interval \+0\.01\d\d to \+0\.06\d\d\): more than the margin of 0$/,
    );
  });

  test('the same gain does not pass a margin inside its interval', () => {
    const found = judgePrimary(pairs(0.04, 0.2), { margin: 0.02, smallestEffect: 0.07 });
    assert.equal(found.verdict, 'reject');
    assert.deepEqual(unmet(found), ['gain failed']);
    assert.match(textOf(found, 'gain') ?? '', /a gain of 0.07 is excluded$/);
  });

  test('no difference at all is rejected where a gain would have been found', () => {
    const found = judgePrimary(pairs(0, 0));
    assert.equal(found.verdict, 'reject');
    assert.deepEqual(unmet(found), ['gain failed', 'chance undecided']);
    assert.equal(primaryOf(found).pValue, 1);
  });

  test('a gain that may be none, and may be worth having, is inconclusive', () => {
    const found = judgePrimary(pairs(0.025, 0.22));
    assert.equal(found.verdict, 'inconclusive');
    assert.deepEqual(unmet(found), ['gain undecided', 'chance undecided']);
  });

  test('too few queries or passages decide nothing, however great the difference', () => {
    for (const difference of [0.4, -0.4]) {
      const few = judgePrimary(pairs(difference, 0.1, 198));
      assert.equal(few.verdict, 'inconclusive');
      assert.deepEqual(unmet(few), ['queries undecided']);
      assert.equal(textOf(few, 'queries'), '198 queries are too few to decide by: at least 200 are asked for');
      const { champion, candidate } = pairs(difference, 0.1);
      const passages = Int32Array.from(champion, (_, query) => query % 49);
      const clustered = judgePrimary({ champion, candidate, passages });
      assert.equal(clustered.verdict, 'inconclusive');
      assert.deepEqual(unmet(clustered), ['passages undecided']);
    }
  });

  test('no query at all decides nothing, and the contract takes such a verdict', () => {
    const none = { champion: new Float64Array(), candidate: new Float64Array(), passages: null };
    const found = judgePrimary(none);
    assert.equal(found.verdict, 'inconclusive');
    assert.equal(found.primary, null);
    assert.deepEqual(unmet(found), ['queries undecided', 'passages undecided']);
    assert.equal(textOf(found, 'queries'), '0 queries are too few to decide by: at least 200 are asked for');
    assert.deepEqual(contract.gateVerdict.parse(found), found);
  });

  test('an underpowered comparison does not pass though its interval lies above the margin', () => {
    const found = judgePrimary(pairs(0.1, 0.4));
    assert.ok(primaryOf(found).low > 0 && primaryOf(found).pValue < 0.01);
    assert.equal(found.verdict, 'inconclusive');
    assert.deepEqual(unmet(found), ['power undecided']);
    assert.match(
      textOf(found, 'power') ?? '',
      /^a gain of 0\.0\d+ is the least that 80 % of such comparisons find, but 0\.05 is asked for: that takes about \d+ queries$/,
    );
  });

  test('an underpowered comparison that shows nothing is inconclusive, not rejected', () => {
    const found = judgePrimary(pairs(-0.03, 0.4));
    assert.ok(primaryOf(found).high < 0.05, 'a powered comparison would exclude a gain of 0.05 with this interval');
    assert.equal(found.verdict, 'inconclusive');
    assert.deepEqual(unmet(found), ['power undecided', 'gain undecided', 'chance undecided']);
  });

  test('a candidate that is plainly worse is rejected even by an underpowered comparison', () => {
    const found = judgePrimary(pairs(-0.1, 0.4));
    assert.equal(found.verdict, 'reject');
    assert.deepEqual(unmet(found), ['power undecided', 'gain failed']);
    assert.match(textOf(found, 'gain') ?? '', /less than the margin of 0$/);
  });

  test('the queries that the power clause asks for are enough', () => {
    const needed = /about (\d+) queries/.exec(textOf(judgePrimary(pairs(0.1, 0.4)), 'power') ?? '')?.[1];
    const found = judgePrimary(pairs(0.1, 0.4, Number(needed) * 1.1));
    assert.equal(found.verdict, 'promote');
  });
});

describe('guard sets', () => {
  const gain = pairs(0.04, 0.2);
  const judgeGuards = (guards: Record<string, PairedValues>, rules: object) =>
    judge(ruleOf({ guards: rules }), { primary: gain, guards });

  test('a loss within the tolerance passes, though it is certain', () => {
    const found = judgeGuards({ civil: pairs(-0.01, 0.05) }, { civil: { tolerance: 0.02 } });
    assert.ok((found.guards['civil']?.high ?? 0) < 0);
    assert.equal(found.verdict, 'promote');
  });

  test('a loss beyond the tolerance rejects the best of gains', () => {
    const found = judgeGuards({ civil: pairs(-0.05, 0.05) }, { civil: { tolerance: 0.02 } });
    assert.equal(found.verdict, 'reject');
    assert.deepEqual(unmet(found), ['civil loss failed']);
  });

  test('an underpowered guard is inconclusive, and says how many queries an equal model would need', () => {
    const found = judgeGuards({ civil: pairs(0, 0.4) }, { civil: {} });
    assert.equal(found.verdict, 'inconclusive');
    assert.deepEqual(unmet(found), ['civil loss undecided']);
    assert.match(
      textOf(found, 'loss') ?? '',
      /a loss of more than 0\.02 is not excluded; for an equal model to pass takes about \d{4} queries$/,
    );
  });

  test('a guard with too few queries decides nothing', () => {
    const found = judgeGuards({ civil: pairs(0, 0, 100) }, { civil: {} });
    assert.deepEqual(unmet(found), ['civil queries undecided']);
  });

  test('without a tolerance an equal result passes, and any loss does not', () => {
    const rules = { civil: { tolerance: 0 } };
    assert.equal(judgeGuards({ civil: pairs(0, 0) }, rules).verdict, 'promote');
    assert.equal(judgeGuards({ civil: pairs(-0.001, 0) }, rules).verdict, 'reject');
  });

  test('each of several must be met', () => {
    const rules = { civil: {}, labour: {}, tax: {} };
    const equal = pairs(0, 0.05);
    assert.equal(judgeGuards({ civil: equal, labour: equal, tax: equal }, rules).verdict, 'promote');
    const found = judgeGuards({ civil: equal, labour: pairs(0, 0.4), tax: pairs(-0.1, 0.05) }, rules);
    assert.equal(found.verdict, 'reject');
    assert.deepEqual(unmet(found), ['labour loss undecided', 'tax loss failed']);
  });

  test('a guard that was not measured, or is not in the rule, is an error', () => {
    assert.throws(() => judgeGuards({}, { civil: {} }), /guards civil were not measured/);
    assert.throws(() => judgeGuards({ tax: gain }, {}), /the rule has no guards tax, which were measured/);
  });
});

describe('the contract', () => {
  const rule = contract.gateRule.parse({ guards: { civil: { tolerance: 0 } } });
  const measured = { primary: pairs(0.04, 0.2), guards: { civil: pairs(-0.01, 0.2) } };

  test("takes core's verdict as it is, through JSON and back", () => {
    const verdict: contract.GateVerdict = judge(rule, measured);
    assert.deepEqual(contract.gateVerdict.parse(JSON.parse(JSON.stringify(verdict))), verdict);
  });

  test('the same rule and values give the same verdict, and the seed is in the rule', () => {
    assert.deepEqual(judge(rule, measured), judge(rule, measured));
    const lowOf = (seed: number): number => primaryOf(judge({ ...rule, seed }, measured)).low;
    assert.notEqual(lowOf(7), lowOf(rule.seed));
  });

  test('offers the metrics that core has', () => {
    for (const metric of contract.GATE_METRICS) assert.deepEqual([...rankValues([1, null], metric)], [1, 0]);
  });

  test('refuses a rule that nothing could meet', () => {
    const problem = (input: unknown) => contract.gateRule.safeParse(input).error?.issues[0]?.path.join('.');
    assert.equal(problem({ primary: { margin: 0.05 } }), 'primary.smallestEffect');
    assert.equal(problem({ confidence: 0.9999, resamples: 1_000 }), 'resamples');
    assert.equal(problem({ guards: { 'a b': {} } }), 'guards.a b');
    assert.equal(problem({ guards: { civil: { tolerance: -0.1 } } }), 'guards.civil.tolerance');
    assert.equal(problem({}), undefined);
  });
});
