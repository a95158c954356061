/** How often the gate is right: repeated on simulated test sets of which the truth is known. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gateRule } from '../../contracts/gate.ts';
import type { PairedValues } from '../../core/gate/cluster-sums.ts';
import { type GateVerdict, judge } from '../../core/gate/judge.ts';
import { normalQuantile } from '../../core/gate/normal-quantile.ts';
import { comparePaired } from '../../core/gate/paired-comparison.ts';
import { rankValues } from '../../core/gate/rank-values.ts';
import { NumpyGenerator } from '../../core/numpy-random/generator.ts';
import type { Rank } from '../../core/ranking.ts';
import { primaryOf } from '../fixtures/primary-of.ts';

/** As few resamples as the rule takes: a trial's randomness is that of its queries. */
const FAST = { resamples: 1_000 };
/** SE of a share of 200 trials is at most 0.035. */
const TRIALS = 200;

function normals(generator: NumpyGenerator, count: number): Float64Array {
  return generator.random(count).map((uniform) => normalQuantile(uniform + 2 ** -54));
}

/** A rank that falls as the score rises: about half of the queries find their passage among the first ten. */
function rankOf(score: number): Rank {
  const rank = Math.floor(Math.exp(2.2 - 1.3 * score)) + 1;
  return rank <= 10 ? rank : null;
}

/**
 * nDCG@10 of two models on queries of which one to three ask for the same passage. A passage is hard or easy for both
 * models, and harder for one of them; so is a query. About half of the differences are 0.
 *
 * @param advantage Of the candidate's scores; 0: the models have the same distribution.
 */
function simulate(seed: number, passageCount: number, advantage: number): PairedValues {
  const generator = new NumpyGenerator(seed);
  const queriesOf = generator.integers(1, 4, passageCount);
  const passages = Int32Array.from(
    [...queriesOf].flatMap((count, passage) => Array.from({ length: count }, () => passage)),
  );
  const shared = normals(generator, passageCount);
  const hardness = normals(generator, passages.length);
  const model = (mean: number): Float64Array => {
    const ofPassage = normals(generator, passageCount);
    const ofQuery = normals(generator, passages.length);
    const ranks = Array.from(passages, (passage, query) =>
      rankOf(1 + mean + 1.2 * shared[passage]! + hardness[query]! + 0.4 * (ofPassage[passage]! + ofQuery[query]!)),
    );
    return rankValues(ranks, 'retrieval/nDCG@10');
  };
  return { champion: model(0), candidate: model(advantage), passages };
}

function shifted({ champion, candidate, passages }: PairedValues, gain: number): PairedValues {
  return { champion, candidate: candidate.map((value) => value + gain), passages };
}

function shares(verdicts: readonly GateVerdict[]): Record<GateVerdict['verdict'], number> {
  const share = (wanted: GateVerdict['verdict']): number =>
    verdicts.filter(({ verdict }) => verdict === wanted).length / verdicts.length;
  return { promote: share('promote'), reject: share('reject'), inconclusive: share('inconclusive') };
}

function trials(count: number, passages: number, advantage: number, input: unknown): GateVerdict[] {
  const rule = gateRule.parse(input);
  return Array.from({ length: count }, (_, trial) =>
    judge(rule, { primary: simulate(trial, passages, advantage), guards: {} }),
  );
}

describe('two models of the same distribution', () => {
  const verdicts = trials(TRIALS, 250, 0, FAST);
  const share = shares(verdicts);

  test('are told apart in at most 5 % of the trials', () => {
    assert.ok(share.promote <= 0.05, JSON.stringify(share));
  });

  test('are rejected in most of them, since a gain worth finding would have been found', () => {
    assert.ok(verdicts.every((found) => primaryOf(found).detectable < 0.05));
    assert.ok(share.reject >= 0.8, JSON.stringify(share));
  });

  test('have the difference 0 outside of about 5 % of the intervals, and p-values below 5 % as often', () => {
    const primaries = verdicts.map(primaryOf);
    const missed = primaries.filter(({ low, high }) => low > 0 || high < 0).length / TRIALS;
    const significant = primaries.filter(({ pValue }) => pValue <= 0.05).length / TRIALS;
    // Three standard errors of a share of 5 % in 200 trials are 4.6 %.
    for (const found of [missed, significant]) assert.ok(found > 0.004 && found < 0.096, `${missed} ${significant}`);
  });
});

describe('a candidate that is better by a size that matters', () => {
  test('is promoted in nearly all trials', () => {
    const share = shares(trials(50, 250, 0.35, FAST));
    assert.ok(share.promote >= 0.95, JSON.stringify(share));
  });

  test('is never promoted by a test part that is too small to find it reliably', () => {
    const verdicts = trials(50, 60, 0.35, { ...FAST, primary: { minimumQueries: 100 } });
    assert.ok(verdicts.some((found) => primaryOf(found).low > 0));
    assert.deepEqual(shares(verdicts), { promote: 0, reject: 0, inconclusive: 1 });
  });
});

test('a gain of the detectable size is found in about 80 % of the trials', () => {
  const rule = gateRule.parse({ ...FAST, primary: { smallestEffect: 0.1 } });
  const { detectable } = comparePaired(simulate(1_000, 150, 0), rule);
  const share = shares(
    Array.from({ length: 100 }, (_, trial) =>
      judge(rule, { primary: shifted(simulate(trial, 150, 0), detectable), guards: {} }),
    ),
  );
  // Three standard errors of the share are 12 %.
  assert.ok(share.promote > 0.68 && share.promote < 0.92, `${detectable} ${JSON.stringify(share)}`);
});

test('a guard whose true loss is the tolerance passes in few trials', () => {
  const rule = gateRule.parse({ ...FAST, guards: { civil: { tolerance: 0.02 } } });
  const gain = shifted(simulate(1_000, 150, 0), 0.2);
  const verdicts = Array.from({ length: 100 }, (_, trial) =>
    judge(rule, { primary: gain, guards: { civil: shifted(simulate(trial, 150, 0), -0.02) } }),
  );
  // One-sided 2.5 % and three standard errors of that.
  assert.ok(shares(verdicts).promote <= 0.072, JSON.stringify(shares(verdicts)));
});
