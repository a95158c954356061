/** `sweep` and `trial` on a time-skipping server, with fake activities: what is shared, chosen, measured. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { RunProgress } from '../../contracts/progress.ts';
import { APPROVE_UPDATE, PAUSE_UPDATE, PROGRESS_QUERY, RESUME_UPDATE, SWEEP_QUERY } from '../../contracts/queues.ts';
import type { SweepInput } from '../../contracts/sweep-input.ts';
import type { SweepProgress, SweepResult } from '../../contracts/sweep-result.ts';
import type { FakeActivities } from '../fixtures/fake-activities.ts';
import { fakeRef } from '../fixtures/fake-ref.ts';
import { until } from '../fixtures/run-observation.ts';
import { times } from '../fixtures/run-retrain.ts';
import { RATES, runSweep, sweepFakes, withSweep } from '../fixtures/run-sweep.ts';
import { startTimeSkipping } from '../fixtures/workflow-environment.ts';

let env: TestWorkflowEnvironment;
before(async () => {
  env = await startTimeSkipping();
});
after(() => env.teardown());

const run = (fakes: FakeActivities, input?: SweepInput): Promise<SweepResult> => runSweep(env, fakes, input);

describe('sweep', () => {
  it('does once what the trials share, trains each, and measures the best alone on the test part', async () => {
    const fakes = sweepFakes();
    const result = await run(fakes);
    assert.deepEqual(
      result.trials.map(({ state, result: trial }) => [state, trial?.metrics['dev/ndcg@10'], trial?.training.cached]),
      [0.6, 0.6, 0.7, 0.6].map((value) => ['done', value, false]),
    );
    assert.equal(result.winner.trial, 3);
    assert.equal(times(fakes.calls, 'fineTune'), 4, 'the winner’s training is recalled');
    assert.equal(result.run.steps.find(({ name }) => name === 'fine-tune')?.cached, true);
    assert.equal(times(fakes.calls, 'evaluateRetrieval:evaluate-base'), 1);
    assert.equal(times(fakes.calls, 'evaluateRetrieval:evaluate-tuned'), 1);
    // Once by the sweep, once by the winner.
    for (const shared of ['resolveSources', 'splitData']) assert.equal(times(fakes.calls, shared), 2, shared);
    const lastTraining = fakes.calls.lastIndexOf('fineTune');
    assert.ok(fakes.calls.findIndex((call) => call.startsWith('evaluate')) > lastTraining, 'nobody has looked before');
  });

  it('takes the earlier of equal trials, and another metric when asked for', async () => {
    const equal = await run(
      sweepFakes(() => 0.5),
      RATES,
    );
    assert.equal(equal.winner.trial, 1);
    const other = await run(sweepFakes(), { ...RATES, metric: 'dev/mrr@10' });
    assert.equal(other.winner.trial, 1);
  });

  it('embeds the train part once for all trials that mine it', async () => {
    const fakes = sweepFakes();
    const result = await run(fakes, { base: { training: { hardNegatives: {} } }, ...RATES });
    assert.equal(times(fakes.calls, 'encodeSegment:embed-train'), 2);
    assert.equal(result.texts.encoded, 8);
    assert.ok(fakes.calls.lastIndexOf('encodeSegment:embed-train') < fakes.calls.indexOf('mineNegatives'));
  });

  it('runs no more trials at a time than the input says', async () => {
    for (const parallelism of [1, 3]) {
      const fakes = sweepFakes();
      const { prepareRun } = fakes.cpu;
      let open = 0;
      let most = 0;
      fakes.cpu.prepareRun = async (input) => {
        most = Math.max(most, ++open);
        return prepareRun(input);
      };
      const { fineTune } = fakes.gpu;
      let started = (): void => {};
      const full = new Promise<void>((resolve) => (started = resolve));
      fakes.gpu.fineTune = async (input) => {
        if (open >= parallelism) started();
        await full;
        const outcome = await fineTune(input);
        open--;
        return outcome;
      };
      await run(fakes, { ...RATES, parallelism });
      assert.equal(most, parallelism);
    }
  });

  it('pins the sources to what they were when the sweep began, for trials and winner alike', async () => {
    const fakes = sweepFakes();
    const { resolveSources, prepareRun } = fakes.cpu;
    const pins: (string | null)[] = [];
    const prepared: unknown[] = [];
    fakes.cpu.resolveSources = async (input) => {
      pins.push(input.data.sha256, input.guards['labour']?.sha256 ?? null);
      return resolveSources(input);
    };
    fakes.cpu.prepareRun = async (input) => {
      prepared.push((input as { data: { sha256: string } }).data.sha256);
      return prepareRun(input);
    };
    const guards = { labour: { data: { source: 'labour.jsonl' } } };
    await run(fakes, { base: { gate: { guards } }, ...RATES });
    const data = fakeRef('data').sha256;
    assert.deepEqual(pins, [null, null, data, fakeRef('labour').sha256]);
    assert.deepEqual(
      prepared,
      Array.from({ length: 5 }, () => data),
    );
  });

  it('shows in the Temporal UI what each trial came to, best first, and the winner’s verdict', async () => {
    const fakes = sweepFakes();
    await withSweep(env, fakes, { grid: { learningRate: [1e-4, 3e-4, 3e-4] } }, async (handle) => {
      await handle.result();
      const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
      const lines = currentDetails.split('\n');
      assert.match(lines[0] ?? '', /^\*\*Sweep\*\* of 2 trials: `pypi:/);
      assert.ok(lines.includes('Combinations left out, since an earlier one says the same: 1'));
      assert.ok(
        lines.includes(`**Winner**: trial 2 (learningRate 0.0003), measured by \`${handle.workflowId}/winner\``),
      );
      assert.ok(lines.some((line) => line.startsWith('**promote** against the base model')));
      const rows = lines
        .filter((line) => /^\| \d \|/.test(line))
        .map((line) => line.split(' | ').toSpliced(4, 1).join(' | '));
      assert.deepEqual(rows, [
        '| 2 | learningRate 0.0003 | 0.7000 | 3 | computed |',
        '| 1 | learningRate 0.0001 | 0.6000 | 3 | computed |',
      ]);
    });
  });

  it('leaves an approval to the winner’s own run', async () => {
    await withSweep(env, sweepFakes(), { ...RATES, base: { promote: 'manual' } }, async (handle) => {
      const winner = env.client.workflow.getHandle(`${handle.workflowId}/winner`);
      await until('the winner waits for an approval', async () => {
        try {
          return (await winner.query<RunProgress>(PROGRESS_QUERY)).approvalUntil !== null;
        } catch (error) {
          if (error instanceof WorkflowNotFoundError) return false;
          throw error;
        }
      });
      await winner.executeUpdate(APPROVE_UPDATE, { args: [{ by: 'ada' }] });
      const { run: measured } = await handle.result();
      assert.equal(measured.promotion.state, 'promoted');
      assert.equal(measured.promotion.by, 'ada');
    });
  });

  it('starts no further trial while it is paused', async () => {
    const fakes = sweepFakes();
    const { fineTune } = fakes.gpu;
    let isTraining = (): void => {};
    const training = new Promise<void>((resolve) => (isTraining = resolve));
    let goOn = (): void => {};
    const paused = new Promise<void>((resolve) => (goOn = resolve));
    fakes.gpu.fineTune = async (input) => {
      isTraining();
      await paused;
      return fineTune(input);
    };
    await withSweep(env, fakes, { ...RATES, parallelism: 1 }, async (handle) => {
      await training;
      await handle.executeUpdate(PAUSE_UPDATE, { args: [{ by: 'ada' }] });
      goOn();
      await env.client.workflow.getHandle(`${handle.workflowId}/1`).result();
      const { trials, paused: by } = await handle.query<SweepProgress>(SWEEP_QUERY);
      assert.equal(by?.by, 'ada');
      assert.deepEqual(
        trials.slice(1).map(({ state }) => state),
        ['waiting', 'waiting', 'waiting'],
      );
      await handle.executeUpdate(RESUME_UPDATE, { args: [{ by: 'ada' }] });
      assert.equal((await handle.result()).winner.trial, 3);
    });
  });
});
