/** `judgeCandidate`: the verdict on per-query files, without the questions that the champion has seen. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromJsonLines, toJsonLines } from '../../activities/json-lines.ts';
import { createJudgeCandidate } from '../../activities/judge-candidate.ts';
import { CORRUPT_ARTIFACT } from '../../contracts/failures.ts';
import type { ArtifactRef } from '../../contracts/artifact.ts';
import type { ChampionEntry } from '../../contracts/champion.ts';
import { gateSection } from '../../contracts/gate.ts';
import type { JudgeInput } from '../../contracts/gate-activities.ts';
import type { Pair } from '../../core/clean.ts';
import { judge } from '../../core/gate/judge.ts';
import { rankValues } from '../../core/gate/rank-values.ts';
import { gradedMetrics } from '../../core/metrics/graded.ts';
import type { Rank } from '../../core/ranking.ts';
import { activityDeps, runActivity, type TestDeps } from '../fixtures/activity-deps.ts';
import { candidateOf } from '../fixtures/candidate.ts';

/** Two questions a passage. */
const PAIRS: Pair[] = Array.from({ length: 400 }, (_, row) => ({
  query: `Question ${row}`,
  positive: `Passage ${row >> 1}`,
}));

type Ranks = (query: number) => Rank;
const third: Ranks = () => 3;
/** Better for three of four passages and worse for the rest, and the other way round. */
const better: Ranks = (query) => ((query >> 1) % 4 === 3 ? 4 : 2);
const worse: Ranks = (query) => ((query >> 1) % 4 === 3 ? 2 : 6);

interface Case {
  readonly reference: Ranks;
  readonly tuned: Ranks;
  readonly seen?: { readonly train: readonly Pair[]; readonly dev: readonly Pair[] };
  /** The candidate's own parts. @default none, as in an input of version 1 */
  readonly own?: { readonly train: readonly Pair[]; readonly dev: readonly Pair[] };
  readonly gate?: object;
  readonly guard?: { readonly reference: Ranks; readonly tuned: Ranks };
}

async function prepare(deps: TestDeps, { reference, tuned, seen, own, gate = {}, guard }: Case): Promise<JudgeInput> {
  const put = async (values: readonly unknown[]): Promise<ArtifactRef> => deps.artifacts.putBytes(toJsonLines(values));
  const side = async (ranks: Ranks, onGuard: Ranks | undefined): Promise<JudgeInput['tuned']> => {
    const perQuery = await put(PAIRS.map((_, query) => ({ rank: ranks(query) })));
    return {
      evaluation: { metrics: {}, perQuery },
      guards: onGuard ? { civil: { metrics: {}, perQuery: await put(guardQueries(onGuard)) } } : {},
    };
  };
  const parts = seen && { train: await put(seen.train), dev: await put(seen.dev) };
  return {
    gate: gateSection.parse({ ...(guard ? { guards: { civil: { data: { source: 'civil.csv' } } } } : {}), ...gate }),
    test: await put(PAIRS),
    ...(own ? { seen: { train: await put(own.train), dev: await put(own.dev) } } : {}),
    champion: parts ? champion(parts) : null,
    reference: await side(reference, guard?.reference),
    tuned: await side(tuned, guard?.tuned),
  };
}

/** 300 queries, three a cluster. */
function guardQueries(ranks: Ranks): unknown[] {
  return Array.from({ length: 300 }, (_, query) => {
    const ranking = Int32Array.from({ length: 10 }, (__, place) => (place + 1 === ranks(query) ? 0 : 1));
    return { values: gradedMetrics(ranking, new Map([[0, 1]])), cluster: Math.floor(query / 3) };
  });
}

function champion(parts: Pick<ChampionEntry['data'], 'train' | 'dev'>): ChampionEntry {
  const move = { revision: 7, restores: null, at: '2026-11-23T02:00:00.000Z', by: 'gate', note: null };
  return { ...candidateOf('last-night', parts), ...move };
}

async function judged(deps: TestDeps, given: Case) {
  return runActivity(createJudgeCandidate(deps), await prepare(deps, given));
}

describe('judgeCandidate', () => {
  it('promotes a candidate that is better, by the values of its ranks clustered by passage', async () => {
    const { result } = await judged(activityDeps(), { reference: third, tuned: better });
    const { rule } = result.verdict;
    const valuesOf = (ranks: Ranks) => rankValues([...PAIRS.keys()].map(ranks), 'retrieval/nDCG@10');
    const primary = {
      champion: valuesOf(third),
      candidate: valuesOf(better),
      passages: Int32Array.from(PAIRS, (_, query) => query >> 1),
    };
    assert.deepEqual(result.verdict, judge(rule, { primary, guards: {} }));
    assert.equal(result.verdict.verdict, 'promote');
    assert.deepEqual([result.reference, result.leftOut], [{ kind: 'base' }, 0]);
  });

  it('rejects one that is worse, and one that loses on a guard set', async () => {
    const plain = await judged(activityDeps(), { reference: third, tuned: worse });
    assert.equal(plain.result.verdict.verdict, 'reject');
    const onGuard = { reference: third, tuned: worse };
    const guarded = await judged(activityDeps(), { reference: third, tuned: better, guard: onGuard });
    const failed = guarded.result.verdict.reasons.filter(({ outcome }) => outcome === 'failed');
    assert.equal(guarded.result.verdict.verdict, 'reject');
    assert.deepEqual(
      failed.map(({ guard, clause }) => [guard, clause]),
      [['civil', 'loss']],
    );
    assert.deepEqual(
      [guarded.result.verdict.guards['civil']?.queries, guarded.result.verdict.guards['civil']?.passages],
      [300, 100],
    );
  });

  it('writes down the rule without where the guards come from', async () => {
    const guard = { reference: third, tuned: better };
    const { result } = await judged(activityDeps(), { reference: third, tuned: better, guard });
    assert.equal(result.verdict.verdict, 'promote');
    const { civil } = result.verdict.rule.guards;
    assert.deepEqual(civil, { metric: 'retrieval/nDCG@10', tolerance: 0.02, minimumQueries: 150, minimumPassages: 50 });
  });

  it('leaves out what stands in the train or dev part of the champion, which comes of another split', async () => {
    const spaced = PAIRS.slice(0, 100).map(({ query, positive }) => ({
      query: ` ${query}`,
      positive: `${positive}\n`,
    }));
    const asked = { query: 'Question 150', positive: 'Another passage' };
    const seen = { train: [...spaced, asked], dev: PAIRS.slice(100, 140) };
    // On what it has seen the champion is perfect; on the rest the candidate is better.
    const reference: Ranks = (query) => (query < 140 ? 1 : 3);
    const { result } = await judged(activityDeps(), { reference, tuned: better, seen });
    assert.equal(result.leftOut, 140);
    assert.deepEqual([result.verdict.primary?.queries, result.verdict.primary?.passages], [260, 130]);
    assert.equal(result.verdict.primary?.champion, 0.5);
    assert.equal(result.verdict.verdict, 'promote');
    assert.deepEqual(result.reference, {
      kind: 'champion',
      revision: 7,
      run: { workflowId: 'last-night', runId: 'last-night-run' },
    });
  });

  it('leaves out what either model has seen, by the question alone too, and counts how', async () => {
    const part = (from: number, to: number) => PAIRS.slice(from, to);
    const asked = (from: number, to: number) => part(from, to).map(({ query }) => ({ query, positive: 'Another' }));
    const seen = { train: [...part(0, 30), ...asked(30, 40)], dev: part(40, 50) };
    // Ten that the champion has seen too, and in the dev part questions that are spelled otherwise.
    const spaced = asked(60, 70).map(({ query, positive }) => ({ query: ` ${query.replace(' ', '  ')}`, positive }));
    const own = { train: part(40, 60), dev: spaced };
    const reference: Ranks = (query) => (query < 50 ? 1 : 3);
    const tuned: Ranks = (query) => (query < 50 ? 3 : query < 70 ? 1 : better(query));
    const { result } = await judged(activityDeps(), { reference, tuned, seen, own });
    assert.equal(result.leftOut, 70);
    assert.deepEqual(result.leftOutBy, {
      champion: { pairs: 40, queries: 10 },
      candidate: { pairs: 20, queries: 10 },
    });
    assert.equal(result.verdict.primary?.queries, 330);
    assert.equal(result.verdict.primary?.champion, 0.5);

    const alone = await judged(activityDeps(), { reference: third, tuned, own });
    assert.equal(alone.result.leftOut, 30);
    assert.deepEqual(alone.result.leftOutBy, { champion: null, candidate: { pairs: 20, queries: 10 } });
  });

  it('gives another step another key once the candidate’s parts are asked', async () => {
    const deps = activityDeps();
    const given: Case = { reference: third, tuned: better };
    const before = await judged(deps, given);
    const after = await judged(deps, { ...given, own: { train: [], dev: [] } });
    assert.equal(after.cached, false);
    assert.notEqual(after.key, before.key);
    assert.deepEqual(after.result.verdict, before.result.verdict);
    assert.equal(before.result.leftOutBy, undefined);
  });

  it('decides nothing where too few questions are left, or none', async () => {
    for (const left of [199, 0]) {
      const seen = { train: PAIRS.slice(left), dev: [] };
      const { result } = await judged(activityDeps(), { reference: third, tuned: better, seen });
      assert.equal(result.verdict.verdict, 'inconclusive');
      assert.equal(result.leftOut, PAIRS.length - left);
      const queries = result.verdict.reasons.find(({ clause }) => clause === 'queries');
      assert.deepEqual([queries?.outcome, queries?.value], ['undecided', left]);
      assert.equal(result.verdict.primary === null, left === 0);
    }
  });

  it('is answered from its record for the same numbers, champion and rule', async () => {
    const deps = activityDeps();
    const given: Case = { reference: third, tuned: better, seen: { train: [], dev: [] } };
    const first = await judged(deps, given);
    const input = await prepare(deps, given);
    const judgeAgain = (changes: Partial<JudgeInput>) =>
      runActivity(createJudgeCandidate(deps), { ...input, ...changes });
    assert.deepEqual(await judgeAgain({}), { ...first, cached: true });
    assert.equal((await judgeAgain({ gate: { ...input.gate, seed: 7 } })).cached, false);
    assert.equal((await judgeAgain({ champion: null })).cached, false);
    const restored = { ...input.champion!, revision: 9, restores: 7 };
    const { cached, result } = await judgeAgain({ champion: restored });
    assert.equal(cached, false);
    assert.equal(result.reference.kind === 'champion' && result.reference.revision, 9);
  });

  it('refuses an evaluation of another test part, and asks for a lost one to be made again', async () => {
    const deps = activityDeps();
    const input = await prepare(deps, { reference: third, tuned: better });
    const ranks = fromJsonLines<object>(await deps.artifacts.getBytes(input.tuned.evaluation.perQuery));
    const perQuery = await deps.artifacts.putBytes(toJsonLines(ranks.slice(1)));
    const other = { ...input, tuned: { ...input.tuned, evaluation: { metrics: {}, perQuery } } };
    await assert.rejects(runActivity(createJudgeCandidate(deps), other), /is about 399 queries, the test part has 400/);
    await deps.store.delete([input.tuned.evaluation.perQuery.key]);
    await assert.rejects(runActivity(createJudgeCandidate(deps), input), {
      type: CORRUPT_ARTIFACT,
      nonRetryable: true,
    });
  });
});
