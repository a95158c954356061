/** What goes wrong in a sweep on a time-skipping server, with fake activities: a trial, all of them, the store, a person. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ApplicationFailure, Context } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { cancel } from '../../cli/commands/cancel.ts';
import { CORRUPT_ARTIFACT, INVALID_INPUT, NON_FINITE_LOSS, TIMED_OUT, UNAVAILABLE } from '../../contracts/failures.ts';
import { SWEEP_QUERY } from '../../contracts/queues.ts';
import type { SweepInput } from '../../contracts/sweep-input.ts';
import type { SweepProgress, SweepResult } from '../../contracts/sweep-result.ts';
import { openSession } from '../fixtures/cli-session.ts';
import type { FakeActivities } from '../fixtures/fake-activities.ts';
import { fakeRef } from '../fixtures/fake-ref.ts';
import { failureOf, times } from '../fixtures/run-retrain.ts';
import { RATES, runSweep, sweepFakes, withSweep } from '../fixtures/run-sweep.ts';
import { startTimeSkipping } from '../fixtures/workflow-environment.ts';

let env: TestWorkflowEnvironment;
before(async () => {
  env = await startTimeSkipping();
});
after(() => env.teardown());

const run = (fakes: FakeActivities, input?: SweepInput): Promise<SweepResult> => runSweep(env, fakes, input);

describe('a sweep in which something goes wrong', () => {
  it('has a trial that fails by itself as a row, and goes on', async () => {
    const fakes = sweepFakes();
    const { fineTune } = fakes.gpu;
    fakes.gpu.fineTune = async (input) => {
      if (input.training.learningRate === 3e-4)
        throw ApplicationFailure.nonRetryable(`The loss is NaN at step 2: ${'x'.repeat(900)}`, NON_FINITE_LOSS);
      return fineTune(input);
    };
    const { trials, winner } = await run(fakes);
    assert.equal(winner.trial, 1);
    assert.deepEqual(
      trials.map(({ state }) => state),
      ['done', 'done', 'failed', 'done'],
    );
    assert.equal(trials[2]?.failure?.type, NON_FINITE_LOSS);
    assert.match(trials[2].failure.message, /^The loss is NaN at step 2/);
    assert.equal(trials[2].failure.message.length, 300);
  });

  it('fails when all trials do, with the first one’s reason, and keeps the table', async () => {
    const fakes = sweepFakes(() => {
      throw ApplicationFailure.nonRetryable('The loss is NaN at step 2', NON_FINITE_LOSS);
    });
    await withSweep(env, fakes, RATES, async (handle) => {
      const { type, message } = await failureOf(handle.result());
      assert.equal(type, NON_FINITE_LOSS);
      assert.equal(
        message,
        'All 4 trials failed; trial 1 (learningRate 0.0001): NonFiniteLoss: The loss is NaN at step 2',
      );
      const { trials } = await handle.query<SweepProgress>(SWEEP_QUERY);
      assert.ok(trials.every(({ failure }) => failure?.type === NON_FINITE_LOSS));
    });
    assert.deepEqual(
      fakes.calls.filter((call) => call.startsWith('notifyEnd')),
      ['notifyEnd:failed'],
    );
    assert.ok(!fakes.calls.some((call) => call.startsWith('evaluate')));
  });

  it('fails at once on a combination that is wrong, before anything runs', async () => {
    const fakes = sweepFakes();
    fakes.cpu.prepareSweep = async () => {
      throw ApplicationFailure.nonRetryable('combination 2 (lora.r 0)', INVALID_INPUT);
    };
    assert.equal((await failureOf(run(fakes))).type, INVALID_INPUT);
    assert.deepEqual(fakes.calls, []);
  });

  it('refuses data without a dev part before any training', async () => {
    const fakes = sweepFakes();
    const { splitData } = fakes.cpu;
    fakes.cpu.splitData = async (input) => {
      const outcome = await splitData(input);
      return { ...outcome, result: { ...outcome.result, dev: { ...outcome.result.dev, rows: 0 } } };
    };
    assert.match((await failureOf(run(fakes))).message, /no row is left for the dev part beside 6 of train/);
    assert.equal(times(fakes.calls, 'fineTune'), 0);
  });

  it('has a damaged object re-made, and does the trials again that are not done yet', async () => {
    const fakes = sweepFakes();
    const { fineTune } = fakes.gpu;
    let damaged = true;
    fakes.gpu.fineTune = async (input) => {
      if (input.training.learningRate !== 3e-4 || !damaged) return fineTune(input);
      damaged = false;
      throw ApplicationFailure.create({
        type: CORRUPT_ARTIFACT,
        message: 'the train part is corrupt',
        nonRetryable: true,
        details: [fakeRef('train')],
      });
    };
    const { trials } = await run(fakes, { ...RATES, parallelism: 1 });
    assert.ok(trials.every(({ state }) => state === 'done'));
    assert.equal(times(fakes.calls, 'discardCorrupt'), 1);
    assert.equal(times(fakes.calls, 'splitData'), 3);
    assert.equal(times(fakes.calls, 'fineTune'), 4, 'what was done stays');
  });

  it('cancels its trials when it is cancelled', async () => {
    const fakes = sweepFakes();
    let isTraining = (): void => {};
    const training = new Promise<void>((resolve) => (isTraining = resolve));
    fakes.gpu.fineTune = async () => {
      isTraining();
      return Context.current().cancelled;
    };
    await withSweep(env, fakes, { ...RATES, parallelism: 1 }, async (handle) => {
      await training;
      const { context, out } = openSession(env);
      await cancel(context, handle.workflowId, { wait: true });
      assert.match(out(), /has ended: cancelled after/);
      const { status } = await env.client.workflow.getHandle(`${handle.workflowId}/1`).describe();
      assert.equal(status.name, 'CANCELLED');
      const { trials } = await handle.query<SweepProgress>(SWEEP_QUERY);
      assert.deepEqual(
        trials.map(({ state }) => state),
        ['waiting', 'waiting', 'waiting', 'waiting'],
      );
    });
  });

  it('goes on when a person cancels one of its trials', async () => {
    const fakes = sweepFakes();
    const { fineTune } = fakes.gpu;
    let isTraining = (): void => {};
    const training = new Promise<void>((resolve) => (isTraining = resolve));
    fakes.gpu.fineTune = async (input) => {
      if (input.training.learningRate !== 1e-4) return fineTune(input);
      isTraining();
      return Context.current().cancelled;
    };
    await withSweep(env, fakes, { ...RATES, parallelism: 1 }, async (handle) => {
      await training;
      await env.client.workflow.getHandle(`${handle.workflowId}/1`).cancel();
      const { trials, winner } = await handle.result();
      assert.deepEqual(trials[0]?.failure, { type: null, message: 'it was cancelled' });
      assert.equal(winner.trial, 3);
    });
  });

  it('has a trial that takes longer than timeoutHours as a row, and goes on', async () => {
    const fakes = sweepFakes();
    const { fineTune } = fakes.gpu;
    fakes.gpu.fineTune = async (input) => {
      if (input.training.learningRate !== 3e-4) return fineTune(input);
      throw ApplicationFailure.create({ type: UNAVAILABLE, message: 'the store is away' });
    };
    const { trials, winner } = await run(fakes, { ...RATES, base: { timeoutHours: 0.001 } });
    assert.equal(trials[2]?.failure?.type, TIMED_OUT);
    assert.match(trials[2].failure.message, /longer than timeoutHours 0\.001/);
    assert.equal(winner.trial, 1);
  });
});
