/** From a training to the champion and beyond, on the real servers with the real model: guard set, approval, next nights. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ChampionStore } from '../../adapters/champion/champion-store.ts';
import type { Approval } from '../../contracts/control.ts';
import type { RunProgress } from '../../contracts/progress.ts';
import { APPROVE_UPDATE, CPU_QUEUE, PROGRESS_QUERY } from '../../contracts/queues.ts';
import type { RetrainInput } from '../../contracts/retrain-input.ts';
import type { RunResult } from '../../contracts/run-result.ts';
import { retrain } from '../../workflows/retrain.ts';
import { until } from '../fixtures/run-observation.ts';
import { smallRun, writeRows } from '../fixtures/small-run.ts';
import { startTestStack, type TestStack } from '../fixtures/test-stack.ts';

let stack: TestStack;
let input: RetrainInput;
let first: RunResult;

/** Half of the rows are held out, and the rule asks for little: a training of seconds is to pass it. */
function smallGatedRun(rows: string, guard: string): RetrainInput {
  const least = { minimumQueries: 2, minimumPassages: 2 };
  return {
    ...smallRun(rows, { batchSize: 16, maxSteps: 12, evalSteps: 12 }),
    split: { holdout: 0.5 },
    tracking: { mode: 'none' },
    gate: {
      confidence: 0.5,
      primary: { smallestEffect: 1, ...least },
      guards: { sheets: { data: { source: guard }, tolerance: 0.9, ...least } },
    },
  };
}

const start = (workflowId: string, changes: RetrainInput) =>
  stack.client.workflow.start(retrain, { workflowId, taskQueue: CPU_QUEUE, args: [{ ...input, ...changes }] });

async function approvedBy(by: string): Promise<RunResult> {
  const handle = await start('first', { promote: 'manual' });
  await until('a run that waits for an approval', async () => {
    // A run that fails, or that the gate does not pass, never waits.
    const { status } = await handle.describe();
    assert.equal(status.name, 'RUNNING', 'it ended and did not wait');
    return (await handle.query<RunProgress>(PROGRESS_QUERY)).approvalUntil !== null;
  });
  const approval = { by, note: 'read twenty answers' };
  await handle.executeUpdate<RunProgress, [Approval]>(APPROVE_UPDATE, { args: [approval] });
  return handle.result();
}

before(async () => {
  stack = await startTestStack();
  const [rows, guard] = [stack.path('rows.jsonl'), stack.path('guard.jsonl')];
  await Promise.all([stack.startWorker('cpu'), stack.startWorker('gpu'), writeRows(rows, 300), writeRows(guard, 40)]);
  input = smallGatedRun(rows, guard);
  first = await approvedBy('Ada');
});
after(() => stack.stop());

describe('the first candidate that passes the gate', () => {
  it('was measured against the base model, on the test part and on the guard set', () => {
    const { verdict, reference, leftOut } = first.gate;
    assert.deepEqual(reference, { kind: 'base' });
    assert.equal(leftOut, 0);
    assert.equal(verdict.primary?.queries, first.metrics.base['n_queries']);
    assert.equal(verdict.primary?.champion, first.metrics.base['retrieval/nDCG@10']);
    assert.equal(verdict.guards['sheets']?.queries, 40);
    assert.ok(
      verdict.reasons.some(
        ({ guard, clause, outcome }) => guard === 'sheets' && clause === 'loss' && outcome === 'met',
      ),
    );
  });

  it('is the champion once a person has approved it, who stands with it', async () => {
    const { state, by, note, revision } = first.promotion;
    assert.deepEqual(
      { state, by, note, revision },
      { state: 'promoted', by: 'Ada', note: 'read twenty answers', revision: 1 },
    );
    const entries = (await new ChampionStore(stack.objects).read())?.entries ?? [];
    assert.deepEqual(
      entries.map((entry) => [entry.run.workflowId, entry.by, entry.metrics]),
      [['first', 'Ada', first.metrics.fineTuned]],
    );
  });
});

describe('the next night', () => {
  it('ends as unchanged when nothing has changed, and asks nobody again', async () => {
    const second = await (await start('second', { promote: 'manual' })).result();
    assert.equal(second.unchangedSince?.workflowId, 'first');
    assert.deepEqual(second.promotion, first.promotion);
  });

  it('judges against the champion, without the questions that it was trained on', async () => {
    const other = await (
      await start('other', { split: { holdout: 0.5, seed: 43 }, training: { ...input.training, maxSteps: 2 } })
    ).result();
    const { reference, leftOut, verdict } = other.gate;
    assert.equal(reference.kind === 'champion' && reference.revision, 1);
    assert.ok(leftOut > 0);
    assert.equal(leftOut + (verdict.primary?.queries ?? 0), other.metrics.base['n_queries']);
    const champion = await new ChampionStore(stack.objects).read();
    assert.equal(champion?.entries.length, verdict.verdict === 'promote' ? 2 : 1);
  });
});
