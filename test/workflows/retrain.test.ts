/** `retrain` and `embed` on a time-skipping server, with fake activities: order, branches, caching, failure paths. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ApplicationFailure, Context } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  CORRUPT_ARTIFACT,
  INVALID_INPUT,
  OUT_OF_MEMORY,
  TRAINED_ELSEWHERE,
  TRAINER_FAILED,
  UNAVAILABLE,
} from '../../contracts/failures.ts';
import { InputError } from '../../contracts/parse-input.ts';
import type { HeartbeatDetails } from '../../contracts/progress.ts';
import { CPU_QUEUE } from '../../contracts/queues.ts';
import type { RetrainInput } from '../../contracts/retrain-input.ts';
import type { RunResult } from '../../contracts/run-result.ts';
import { damageOnce, fakeActivities, type FakeActivities } from '../fixtures/fake-activities.ts';
import { fakeRef } from '../fixtures/fake-ref.ts';
import { failureOf, runRetrain, times, type Ran } from '../fixtures/run-retrain.ts';
import { freshId, startTimeSkipping, withWorkers } from '../fixtures/workflow-environment.ts';

let env: TestWorkflowEnvironment;
before(async () => {
  env = await startTimeSkipping();
});
after(() => env.teardown());

const run = (fakes: FakeActivities, input: RetrainInput = {}): Promise<Ran> => runRetrain(env, fakes, input);

describe('retrain', () => {
  it('runs every step once, each after what it needs', async () => {
    const fakes = fakeActivities();
    const { result, progress } = await run(fakes);
    const at = (name: string): number => {
      assert.equal(times(fakes.calls, name), 1, `${name} is called once`);
      return fakes.calls.indexOf(name);
    };
    for (const branch of ['base', 'tuned']) {
      assert.ok(at('splitData') < at(`exportEncoder:${branch}`));
      assert.ok(at(`exportEncoder:${branch}`) < fakes.calls.indexOf(`planEmbedding:embed-${branch}`));
      assert.ok(fakes.calls.lastIndexOf(`planEmbedding:embed-${branch}`) < at(`buildIndex:index-${branch}`));
      assert.ok(at(`buildIndex:index-${branch}`) < at(`evaluateRetrieval:evaluate-${branch}`));
      assert.ok(at(`evaluateRetrieval:evaluate-${branch}`) < at('compareModels'));
    }
    assert.ok(at('fineTune') < at('exportEncoder:tuned'));
    assert.deepEqual(fakes.calls.slice(fakes.calls.indexOf('compareModels')), [
      'compareModels',
      'readChampion',
      'judgeCandidate',
      'trackRun',
      'writeRecord:promote',
      'notifyEnd:completed',
    ]);
    const skipped = progress.steps.filter(({ state }) => state !== 'done').map(({ name, state }) => [name, state]);
    const unasked = ['read-guards', 'embed-champion', 'index-champion', 'evaluate-champion', 'embed-train'];
    assert.deepEqual(
      skipped,
      [...unasked, 'mine-negatives', 'guard-reference', 'guard-tuned'].map((name) => [name, 'skipped']),
    );
    assert.equal(result.metrics.base['retrieval/nDCG@10'], 0.5);
    assert.equal(result.metrics.fineTuned['retrieval/nDCG@10'], 0.75);
    assert.deepEqual(result.texts, { encoded: 16, cached: 0 });
    assert.deepEqual(result.data?.rows, { train: 6, dev: 2, test: 2 });
    assert.deepEqual(result.data.profile.repeated, { count: 3, first: 'line 4' });
    const split = result.steps.find(({ name }) => name === 'split');
    assert.equal(split?.note, '6 train, 2 dev, 2 test; 3 rows repeat earlier ones');
    assert.deepEqual(result.artifacts['record'], fakeRef('record'));
  });

  it('trains on the rows with hard negatives, mined with the base encoder, when the input asks for them', async () => {
    const fakes = fakeActivities();
    const { fineTune } = fakes.gpu;
    let trainedOn = '';
    fakes.gpu.fineTune = async (input) => {
      trainedOn = input.train.sha256;
      return fineTune(input);
    };
    const { result } = await run(fakes, { training: { hardNegatives: {} } });
    assert.ok(fakes.calls.indexOf('exportEncoder:base') < fakes.calls.indexOf('planEmbedding:embed-train'));
    assert.ok(fakes.calls.lastIndexOf('planEmbedding:embed-train') < fakes.calls.indexOf('mineNegatives'));
    assert.ok(fakes.calls.indexOf('mineNegatives') < fakes.calls.indexOf('recallFineTune'));
    assert.equal(trainedOn, fakeRef('train with negatives').sha256);
    assert.equal(result.texts.encoded, 24);
    const mining = result.steps.find(({ name }) => name === 'mine-negatives');
    assert.equal(mining?.note, '6 rows, 5.0 % suspected false negatives, 1 filled up');
  });

  it('takes no input at all as {}', async () => {
    const fakes = fakeActivities();
    const result: unknown = await withWorkers(env, fakes, () =>
      env.client.workflow.execute('retrain', { workflowId: freshId(), taskQueue: CPU_QUEUE, args: [] }),
    );
    assert.equal((result as RunResult).preset, 'demo');
  });

  it('evaluates the base model while the fine-tuning runs', async () => {
    const fakes = fakeActivities();
    let baseIsEvaluated = (): void => {};
    const evaluated = new Promise<void>((resolve) => (baseIsEvaluated = resolve));
    const { evaluateRetrieval } = fakes.cpu;
    fakes.cpu.evaluateRetrieval = async (input) => {
      const outcome = await evaluateRetrieval(input);
      if (input.step === 'evaluate-base') baseIsEvaluated();
      return outcome;
    };
    const { fineTune } = fakes.gpu;
    fakes.gpu.fineTune = async (input) => {
      await evaluated;
      return fineTune(input);
    };
    await run(fakes);
  });

  it('needs no GPU worker for what is recorded, and says which run made it', async () => {
    const fakes = fakeActivities(0);
    const encoder = await fakes.gpu.exportEncoder({ adapter: null } as never);
    const trained = await fakes.gpu.fineTune({ memoryMicroBatch: null } as never);
    fakes.calls.length = 0;
    const recorded = { cached: true, madeBy: { workflowId: 'last night', runId: '1' } };
    fakes.cpu.recallExport = async () => ({ ...encoder, ...recorded });
    fakes.cpu.recallFineTune = async () => ({ ...trained, ...recorded });
    const { result } = await run(fakes);
    assert.ok(!fakes.calls.some((call) => call.startsWith('exportEncoder') || call === 'fineTune'));
    const fineTune = result.steps.find(({ name }) => name === 'fine-tune');
    assert.equal(fineTune?.cached, true);
    assert.equal(fineTune.madeBy?.workflowId, 'last night');
    assert.equal(result.texts.encoded, 0);
  });

  it('fails at once on a wrong value, with the field, the value and what is allowed', async () => {
    const fakes = fakeActivities();
    fakes.cpu.prepareRun = async () => {
      const error = new InputError([{ field: 'training.batchSize', problem: 'is 1: must be at least 2' }]);
      throw ApplicationFailure.create({ message: error.message, type: INVALID_INPUT, nonRetryable: true });
    };
    const failure = await failureOf(run(fakes));
    assert.equal(failure.type, INVALID_INPUT);
    assert.match(failure.message, /training\.batchSize is 1: must be at least 2/);
    assert.deepEqual(fakes.calls, []);
  });

  it('waits for a store that is away, longer than any number of attempts would last', async () => {
    const fakes = fakeActivities();
    const { splitData } = fakes.cpu;
    let attempts = 0;
    fakes.cpu.splitData = async (input) => {
      if (++attempts < 40) throw ApplicationFailure.create({ type: UNAVAILABLE, message: 'connection refused' });
      return splitData(input);
    };
    await run(fakes);
    assert.equal(attempts, 40);
  });

  it('walks the DAG again when an object turns out corrupt, after it was discarded', async () => {
    const fakes = fakeActivities();
    damageOnce(fakes, 'compareModels');
    const { result } = await run(fakes);
    assert.equal(times(fakes.calls, 'discardCorrupt'), 1);
    assert.equal(times(fakes.calls, 'splitData'), 2);
    assert.equal(result.texts.encoded, 16, 'texts encoded before the damage was found are counted once');
  });

  it('gives up on an object that is corrupt again and again', async () => {
    const fakes = fakeActivities();
    fakes.cpu.splitData = async () => {
      throw ApplicationFailure.create({
        type: CORRUPT_ARTIFACT,
        message: 'bad disk',
        nonRetryable: true,
        details: [fakeRef('data')],
      });
    };
    const failure = await failureOf(run(fakes));
    assert.match(failure.message, /bad disk/);
    assert.equal(times(fakes.calls, 'discardCorrupt'), 4);
  });

  it('tries a failing trainer three times, and cancels the other branch when it gives up', async () => {
    const fakes = fakeActivities();
    let attempts = 0;
    let isBusy = (): void => {};
    const otherBranchIsBusy = new Promise<void>((resolve) => (isBusy = resolve));
    fakes.cpu.evaluateRetrieval = () => {
      isBusy();
      return Context.current().cancelled;
    };
    fakes.gpu.fineTune = async () => {
      // The test server loses a workflow task that cancels an activity which ends at that moment: this one does not.
      await otherBranchIsBusy;
      attempts++;
      throw ApplicationFailure.create({ type: TRAINER_FAILED, message: 'The trainer exited with 1: boom' });
    };
    const failure = await failureOf(run(fakes, { evaluation: { bm25: false } }));
    assert.equal(attempts, 3);
    assert.match(failure.message, /boom/);
    assert.ok(!fakes.calls.includes('compareModels'));
  });

  it('waits for another run that trains the same, which is no error, and remembers between attempts what it saw', async () => {
    const fakes = fakeActivities();
    const { fineTune } = fakes.gpu;
    const remembered: unknown[] = [];
    fakes.gpu.fineTune = async (input) => {
      const context = Context.current();
      remembered.push((context.info.heartbeatDetails as HeartbeatDetails | undefined)?.seenClaim);
      if (remembered.length > 4) return fineTune(input);
      const seenClaim = `etag ${remembered.length}`;
      // Temporal throttles heartbeats; the last one before a failure is always sent.
      context.heartbeat({ step: 'fine-tune', done: 0, total: 0, unit: 'steps', doing: 'waiting' });
      context.heartbeat({ step: 'fine-tune', done: 0, total: 0, unit: 'steps', doing: 'waiting', seenClaim });
      const message = 'Run nightly trains the same';
      throw ApplicationFailure.create({ type: TRAINED_ELSEWHERE, message, nextRetryDelay: '30 seconds' });
    };
    await run(fakes);
    assert.deepEqual(remembered, [undefined, 'etag 1', 'etag 2', 'etag 3', 'etag 4']);
    assert.equal(times(fakes.calls, 'fineTune'), 1);
  });

  it('trains in ever smaller parts while memory does not hold a batch, and says so', async () => {
    const fakes = fakeActivities();
    const { fineTune } = fakes.gpu;
    const asked: (number | null)[] = [];
    fakes.gpu.fineTune = async (input) => {
      const { memoryMicroBatch, training } = input;
      asked.push(memoryMicroBatch);
      const microBatch = memoryMicroBatch ?? training.batchSize;
      if (microBatch > 8)
        throw ApplicationFailure.create({ type: OUT_OF_MEMORY, message: 'CUDA', details: [{ microBatch }] });
      return fineTune(input);
    };
    const { result } = await run(fakes, { training: { batchSize: 32 } });
    assert.deepEqual(asked, [null, 16, 8]);
    assert.equal(
      result.steps.find(({ name }) => name === 'fine-tune')?.note,
      '3 steps, best at 3; out of memory: computed in parts of 8 pairs; same loss, other rounding and dropout',
    );
  });

  it('ends well when W&B is away, and says so', async () => {
    const fakes = fakeActivities();
    fakes.cpu.trackRun = async () => {
      throw ApplicationFailure.create({ type: TRAINER_FAILED, message: 'W&B answered 503' });
    };
    const { result } = await run(fakes);
    assert.deepEqual(result.tracking, { state: 'failed', error: 'W&B answered 503' });
    assert.equal(result.steps.find(({ name }) => name === 'track')?.state, 'failed');
  });

  it('skips tracking and the yardstick when the input says so', async () => {
    const fakes = fakeActivities();
    const { result } = await run(fakes, { tracking: { mode: 'none' }, evaluation: { bm25: false } });
    assert.ok(!fakes.calls.includes('trackRun') && !fakes.calls.includes('evaluateBm25'));
    assert.equal(result.metrics.bm25, undefined);
    assert.equal(result.tracking.state, 'none');
  });
});
