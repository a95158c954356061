/** `retrain` from the verdict on, with fake activities: champion, promotion, approval, guard sets, races. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { ChampionEntry } from '../../contracts/champion.ts';
import type { Approval } from '../../contracts/control.ts';
import type { NotifyInput } from '../../contracts/gate-activities.ts';
import type { RunProgress } from '../../contracts/progress.ts';
import { APPROVE_UPDATE, PROGRESS_QUERY } from '../../contracts/queues.ts';
import type { RetrainInput } from '../../contracts/retrain-input.ts';
import type { RunResult } from '../../contracts/run-result.ts';
import { digestOf } from '../../core/canonical.ts';
import { computed, damageOnce, fakeActivities, type FakeActivities } from '../fixtures/fake-activities.ts';
import { fakeChampion, fakeGateResult } from '../fixtures/fake-gate.ts';
import { runRetrain, times, withRun, type Ran, type RetrainHandle } from '../fixtures/run-retrain.ts';
import { startTimeSkipping } from '../fixtures/workflow-environment.ts';

let env: TestWorkflowEnvironment;
before(async () => {
  env = await startTimeSkipping();
});
after(() => env.teardown());

const run = (fakes: FakeActivities, input: RetrainInput = {}): Promise<Ran> => runRetrain(env, fakes, input);

/** Fakes where each look at the champion finds the next of these, and from then on the last. */
function withChampions(...champions: readonly (ChampionEntry | null)[]): FakeActivities {
  const fakes = fakeActivities();
  let looks = 0;
  fakes.cpu.readChampion = async () => {
    fakes.calls.push('readChampion');
    return champions[Math.min(looks++, champions.length - 1)] ?? null;
  };
  return fakes;
}

function approvalOf(progress: RunProgress): boolean {
  return progress.approvalUntil !== null;
}

async function waitFor(handle: RetrainHandle, holds: (progress: RunProgress) => boolean): Promise<RunProgress> {
  for (;;) {
    const progress = await handle.query<RunProgress>(PROGRESS_QUERY);
    if (holds(progress)) return progress;
  }
}

const approve = (handle: RetrainHandle, answer: Approval): Promise<RunProgress> =>
  handle.executeUpdate<RunProgress, [Approval]>(APPROVE_UPDATE, { args: [answer] });

describe('the gate of retrain', () => {
  it('makes the first candidate that beats the base model the champion', async () => {
    const fakes = fakeActivities();
    const { result } = await run(fakes);
    assert.deepEqual(result.gate.reference, { kind: 'base' });
    const { at, ...promotion } = result.promotion;
    assert.deepEqual(promotion, { state: 'promoted', by: 'gate', note: null, revision: 1 });
    assert.match(at ?? '', /^\d{4}-.*Z$/);
    assert.equal(times(fakes.calls, 'writeRecord:promote'), 1);
  });

  it('measures the champion on its own test part and judges against it', async () => {
    const fakes = withChampions(fakeChampion(3));
    const { result } = await run(fakes);
    assert.equal(times(fakes.calls, 'evaluateRetrieval:evaluate-champion'), 1);
    assert.deepEqual(result.gate.reference, { kind: 'champion', revision: 3, run: fakeChampion(3).run });
    assert.equal(result.promotion.revision, 4);
  });

  for (const verdict of ['reject', 'inconclusive'] as const)
    it(`leaves the champion where it is when the verdict is ${verdict}`, async () => {
      const fakes = fakeActivities();
      fakes.cpu.judgeCandidate = async ({ champion }) => computed(fakeGateResult(champion, verdict));
      const { result } = await run(fakes);
      assert.equal(result.promotion.state, 'kept');
      assert.equal(times(fakes.calls, 'writeRecord:promote'), 0);
    });

  it('says so when the candidate is the champion already', async () => {
    const { encoder, ...rest } = fakeChampion(1);
    const fakes = withChampions({ ...rest, encoder: { ...encoder, digest: digestOf('tuned') } });
    fakes.cpu.judgeCandidate = async ({ champion }) => computed(fakeGateResult(champion, 'reject'));
    const { result } = await run(fakes);
    assert.equal(result.promotion.note, 'the candidate is the champion already');
  });

  it('judges and does not promote when the input says never', async () => {
    const fakes = fakeActivities();
    const { result } = await run(fakes, { promote: 'never' });
    assert.equal(result.gate.verdict.verdict, 'promote');
    assert.equal(result.promotion.state, 'off');
    assert.equal(times(fakes.calls, 'writeRecord:promote'), 0);
  });

  it('judges again, against the new champion, when another run has moved it meanwhile', async () => {
    const fakes = withChampions(fakeChampion(1), fakeChampion(1), fakeChampion(2));
    const { writeRecord } = fakes.cpu;
    const asked: unknown[] = [];
    fakes.cpu.writeRecord = async (input) => {
      asked.push([input.promote?.expected, input.result.promotion.revision, input.result.gate.reference]);
      return input.promote?.expected === 1 ? null : writeRecord(input);
    };
    const { result } = await run(fakes);
    const against = (revision: number) => ({ kind: 'champion', revision, run: fakeChampion(revision).run });
    assert.deepEqual(asked, [
      [1, 2, against(1)],
      [2, 3, against(2)],
    ]);
    assert.equal(times(fakes.calls, 'trackRun'), 1);
    assert.equal(times(fakes.calls, 'judgeCandidate'), 2);
    assert.equal(times(fakes.calls, 'evaluateRetrieval:evaluate-champion'), 2);
    assert.equal(result.promotion.revision, 3);
  });

  it('keeps the champion, and says why, when it loses every race', async () => {
    const fakes = withChampions(fakeChampion(1));
    const { writeRecord } = fakes.cpu;
    fakes.cpu.writeRecord = async (input) => (input.promote ? null : writeRecord(input));
    const { result } = await run(fakes);
    assert.equal(result.promotion.state, 'kept');
    assert.match(result.promotion.note ?? '', /other runs moved the champion/);
    assert.equal(times(fakes.calls, 'judgeCandidate'), 5);
  });

  it('embeds and measures each guard set with both models', async () => {
    const fakes = fakeActivities();
    const measured: string[][] = [];
    const { judgeCandidate } = fakes.cpu;
    fakes.cpu.judgeCandidate = async (input) => {
      measured.push(Object.keys(input.reference.guards), Object.keys(input.tuned.guards));
      return judgeCandidate(input);
    };
    const guards = { travail: { data: { source: 'travail.jsonl' } }, civil: { data: { source: 'civil.jsonl' } } };
    const { result } = await run(fakes, { gate: { guards } });
    assert.deepEqual(measured, [
      ['travail', 'civil'],
      ['travail', 'civil'],
    ]);
    assert.equal(times(fakes.calls, 'evaluateGuards:guard-reference'), 1);
    assert.equal(times(fakes.calls, 'evaluateGuards:guard-tuned'), 1);
    const read = result.steps.find(({ name }) => name === 'read-guards');
    assert.equal(
      read?.note,
      'travail: 2 questions with 4 passages, of 4 judged pairs; civil: 2 questions with 4 passages, of 4 judged pairs',
    );
  });
});

describe('promote manual', () => {
  /** What became of a candidate that `answer` was given for. */
  async function answered(answer: Approval): Promise<RunResult> {
    const fakes = fakeActivities();
    return withRun(env, fakes, { promote: 'manual' }, async (handle) => {
      await waitFor(handle, approvalOf);
      assert.equal(times(fakes.calls, 'writeRecord:promote'), 0, 'nothing is promoted before the answer');
      await approve(handle, answer);
      return handle.result();
    });
  }

  it('promotes the candidate that a person approves, and records who and why', async () => {
    const { promotion } = await answered({ by: 'Ada', note: 'checked by hand' });
    const { state, by, note, revision } = promotion;
    assert.deepEqual(
      { state, by, note, revision },
      { state: 'promoted', by: 'Ada', note: 'checked by hand', revision: 1 },
    );
  });

  it('keeps the champion when the person refuses', async () => {
    const { promotion } = await answered({ by: 'Ada', note: 'odd answers', approved: false });
    assert.equal(promotion.state, 'refused');
    assert.equal(promotion.note, 'odd answers');
    assert.match(promotion.at ?? '', /^\d{4}-/);
  });

  it('asks on the webhook for an approval, with the figures and the time that is left', async () => {
    const told: NotifyInput[] = [];
    const fakes = fakeActivities();
    fakes.cpu.notifyEnd = async (input) => void told.push(input);
    await run(fakes, { promote: 'manual', approvalHours: 10, notify: 'failed' });
    const [{ end, approval } = assert.fail('nothing was sent')] = told;
    assert.equal(end, 'waiting');
    assert.deepEqual(approval?.metrics.fineTuned, { 'retrieval/nDCG@10': 0.75 });
    assert.ok(approval.steps.some(({ name, note }) => name === 'judge' && note?.startsWith('promote')));
    assert.equal(told.length, 1);
    await run(fakes, { promote: 'manual', approvalHours: 10, notify: 'never' });
    assert.equal(told.length, 1);
  });

  it('gives up waiting after approvalHours', async () => {
    const fakes = fakeActivities();
    const { result } = await run(fakes, { promote: 'manual', approvalHours: 10 });
    assert.equal(result.promotion.state, 'expired');
    assert.equal(times(fakes.calls, 'writeRecord:promote'), 0);
  });

  it('takes no answer from nobody, and none while it does not wait', async () => {
    const fakes = fakeActivities();
    let letGo = (): void => {};
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const { splitData } = fakes.cpu;
    fakes.cpu.splitData = async (input) => (await held, splitData(input));
    await withRun(env, fakes, { promote: 'manual' }, async (handle) => {
      const refusal = (pattern: RegExp) => (error: { cause?: Error }) => pattern.test(error.cause?.message ?? '');
      await assert.rejects(approve(handle, { by: 'Ada' }), refusal(/not waiting for an approval/));
      letGo();
      await waitFor(handle, approvalOf);
      await assert.rejects(approve(handle, { by: ' ' }), refusal(/by must name who does this/));
      await approve(handle, { by: 'Ada' });
      assert.equal((await handle.result()).promotion.by, 'Ada');
    });
  });
});

describe('a repair after the decision', () => {
  it('judges from the same records, and keeps what a person has answered', async () => {
    const fakes = fakeActivities();
    damageOnce(fakes, 'writeRecord');
    await withRun(env, fakes, { promote: 'manual' }, async (handle) => {
      await waitFor(handle, approvalOf);
      await approve(handle, { by: 'Ada' });
      const result = await handle.result();
      assert.equal(times(fakes.calls, 'discardCorrupt'), 1);
      assert.equal(times(fakes.calls, 'judgeCandidate'), 2);
      assert.deepEqual([result.promotion.state, result.promotion.by], ['promoted', 'Ada']);
      assert.equal(result.steps.find(({ name }) => name === 'judge')?.state, 'done', 'the record has its judgement');
    });
  });

  it('does not promote what a person has approved where the verdict has changed', async () => {
    const fakes = fakeActivities();
    damageOnce(fakes, 'writeRecord');
    let judgements = 0;
    fakes.cpu.judgeCandidate = async ({ champion }) =>
      computed(fakeGateResult(champion, judgements++ === 0 ? 'promote' : 'reject'));
    await withRun(env, fakes, { promote: 'manual' }, async (handle) => {
      await waitFor(handle, approvalOf);
      await approve(handle, { by: 'Ada' });
      const { promotion } = await handle.result();
      assert.deepEqual([promotion.state, promotion.by], ['kept', 'gate']);
    });
  });
});
