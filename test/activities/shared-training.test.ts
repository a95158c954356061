/** The activity `fineTune` where several runs train the same: one trains, the others fail with whom they wait for. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import type { ApplicationFailure } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { durable } from '../../activities/durable.ts';
import { createFineTune, fineTuneStep, trainingKey } from '../../activities/fine-tune.ts';
import type { TrainingDevice } from '../../activities/training-arithmetic.ts';
import { LEASE_MS } from '../../activities/training-lease.ts';
import { CheckpointStore } from '../../adapters/checkpoints/checkpoint-store.ts';
import { StoreUnavailableError } from '../../adapters/object-store/store-error.ts';
import type { FineTuneInput } from '../../contracts/activities.ts';
import {
  PREEMPTED,
  TRAINED_ELSEWHERE,
  TRAINER_FAILED,
  UNAVAILABLE,
  UNFIT_RETRY_MS,
  UNFIT_WORKER,
} from '../../contracts/failures.ts';
import { parseRetrainInput } from '../../contracts/parse-input.ts';
import type { HeartbeatDetails } from '../../contracts/progress.ts';
import type { FineTuneResult, StepOutcome, StepRecord, TrainingAttempt } from '../../contracts/steps.ts';
import { stepKey } from '../../core/step-key.ts';
import { activityDeps, type TestDeps } from '../fixtures/activity-deps.ts';
import { until } from '../fixtures/run-observation.ts';

const FINISHED = { type: 'finished', step: 3, bestStep: 3, stoppedEarly: false, metrics: {} };
/** A trainer's whole work, in shell: the job file is its third argument. */
const TRAINS = `output=$(sed -n 's/.*"output": "\\(.*\\)",/\\1/p' "$3")
mkdir -p "$output/adapter" && echo weights > "$output/adapter/weights" && echo '{}' > "$output/training-log.jsonl"
echo '${JSON.stringify(FINISHED)}' >&3`;
/** Until it is asked to stop: as a trainer, it has then saved and exits with 75. */
const HANGS = `trap 'exit 75' TERM; while :; do sleep 0.01; done`;

let deps: TestDeps;
let input: FineTuneInput;
let closed: number;

beforeEach(async () => {
  deps = activityDeps();
  closed = 0;
  const model = join(deps.folder, 'model');
  mkdirSync(model);
  writeFileSync(join(model, 'weights'), 'base');
  const { training } = parseRetrainInput({ preset: 'demo' });
  input = {
    model: await deps.artifacts.putFolder(model),
    train: await deps.artifacts.putBytes(Buffer.from('train')),
    dev: await deps.artifacts.putBytes(Buffer.from('dev')),
    prefixes: { query: '', passage: '' },
    maxSeqLength: 64,
    training,
    memoryMicroBatch: null,
  };
});

interface Attempt {
  readonly ended: Promise<StepOutcome<FineTuneResult>>;
  readonly beats: HeartbeatDetails[];
  readonly env: MockActivityEnvironment;
}

/** One attempt of a run's activity, with a trainer that does what the script says. */
function attempt(
  workflowId: string,
  script: string,
  heartbeatDetails?: HeartbeatDetails,
  preemption?: AbortSignal,
): Attempt {
  const python = join(deps.folder, `python-${workflowId}`);
  writeFileSync(python, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const encoders = { closeUnused: async () => void closed++ };
  const environment = { PATH: process.env['PATH'] ?? '' };
  const { fineTune } = durable({
    fineTune: createFineTune({
      ...deps,
      encoders,
      trainer: { python, source: '', threads: 1, environment },
      ...(preemption ? { preemption } : {}),
    }),
  });
  const env = new MockActivityEnvironment(
    { attempt: 1, workflowExecution: { workflowId, runId: `${workflowId}-run` }, heartbeatDetails },
    { logger: new DefaultLogger('ERROR') },
  );
  const beats: HeartbeatDetails[] = [];
  env.on('heartbeat', (details: HeartbeatDetails) => beats.push(details));
  return { ended: env.run(fineTune, input), beats, env };
}

async function failureOf({ ended }: Attempt): Promise<ApplicationFailure> {
  return ended.then(
    () => assert.fail('the attempt ended well'),
    (error: unknown) => error as ApplicationFailure,
  );
}

async function attempts(): Promise<TrainingAttempt[]> {
  const latest = await deps.store.get(`checkpoints/${trainingKey(input, deps.code)}/latest.json`);
  assert.ok(latest);
  return (JSON.parse(Buffer.from(latest.body).toString('utf8')) as { attempts: TrainingAttempt[] }).attempts;
}

/** Another run's attempt, that only this test renews. */
async function heldBy(workflowId: string): Promise<CheckpointStore> {
  const checkpoints = new CheckpointStore(deps.store, trainingKey(input, deps.code));
  await checkpoints.claim({ run: { workflowId, runId: `${workflowId}-run` }, worker: 'gpu-7' });
  return checkpoints;
}

describe('fineTune of what another run trains', () => {
  it('leaves its slot with a failure that names the run, and is tried again after a lease', async () => {
    await heldBy('first');
    const waiting = attempt('second', TRAINS);
    const failure = await failureOf(waiting);
    assert.equal(failure.type, TRAINED_ELSEWHERE);
    assert.match(failure.message, /^Run first \(first-run\) trains the same on gpu-7 since .*waits for its result/);
    assert.equal(failure.nonRetryable, false);
    assert.equal(failure.nextRetryDelay, LEASE_MS);
    assert.equal(closed, 0, 'encoders stay open for others');
    assert.match(waiting.beats.at(-1)?.doing ?? '', /waiting for run first/);
  });

  it('takes over once the claim has not changed between two looks, and not before', async () => {
    const owner = await heldBy('first');
    const first = attempt('second', TRAINS);
    assert.equal((await failureOf(first)).type, TRAINED_ELSEWHERE);
    await owner.renew();
    const second = attempt('second', TRAINS, first.beats.at(-1));
    assert.equal((await failureOf(second)).type, TRAINED_ELSEWHERE, 'it was renewed');
    const { result } = await attempt('second', TRAINS, second.beats.at(-1)).ended;
    assert.equal(result.steps, 3);
    await assert.rejects(owner.renew(), /taken over/);
  });

  it('forgets what it saw in an outage, in which nobody could renew', async () => {
    await heldBy('first');
    const first = attempt('second', TRAINS);
    await failureOf(first);
    deps.store.failNext('get', new StoreUnavailableError(deps.store.url, 'get', { cause: new Error('refused') }));
    const second = attempt('second', TRAINS, first.beats.at(-1));
    assert.equal((await failureOf(second)).type, UNAVAILABLE);
    assert.equal(second.beats.at(-1)?.seenClaim, undefined);
  });

  it('takes over at once from an earlier attempt of its own run', async () => {
    const zombie = await heldBy('first');
    assert.equal((await attempt('first', TRAINS).ended).cached, false);
    await assert.rejects(zombie.renew(), /taken over/);
  });

  it('answers with the result that the other run recorded before it freed the training', async () => {
    const first = await attempt('first', TRAINS).ended;
    // The second run had looked for a record before there was one.
    const get = deps.store.get.bind(deps.store);
    let isHidden = true;
    deps.store.get = async (key) => {
      const found = await get(key);
      const hide = isHidden && key.startsWith('steps/fine-tune/');
      if (hide) isHidden = false;
      return hide ? null : found;
    };
    const second = await attempt('second', 'exit 1').ended;
    assert.deepEqual([second.cached, second.madeBy], [true, first.madeBy]);
    assert.ok(!deps.store.keys().some((key) => key.startsWith('checkpoints/')), 'nothing of the claim is left');
  });

  it('is freed by an attempt that failed', async () => {
    assert.equal((await failureOf(attempt('first', 'exit 1'))).type, TRAINER_FAILED);
    assert.equal((await attempts()).at(-1)?.ended, 'failed');
    assert.equal((await attempt('second', TRAINS).ended).cached, false);
  });

  it('is freed by an attempt that was preempted', async () => {
    const preemption = new AbortController();
    const first = attempt('first', HANGS, undefined, preemption.signal);
    await until('the trainer to be started', async () => closed === 1 && first.beats.length > 0);
    preemption.abort();
    assert.equal((await failureOf(first)).type, PREEMPTED);
    const [{ ended, worker } = {}] = await attempts();
    assert.deepEqual([ended, worker], ['preempted', hostname()]);
    assert.equal((await attempt('second', TRAINS).ended).cached, false);
  });

  it('is freed by a run that was cancelled', async () => {
    const first = attempt('first', HANGS);
    await until('the trainer to be started', async () => closed === 1);
    first.env.cancel('CANCELLED');
    await failureOf(first);
    assert.equal((await attempts()).at(-1)?.ended, 'cancelled');
    assert.equal((await attempt('second', TRAINS).ended).cached, false);
  });
});

describe('fineTune where devices differ', () => {
  const GPU: TrainingDevice = { kind: 'cuda', bf16: true, detail: 'NVIDIA H200' };
  const BROKEN: TrainingDevice = { kind: 'refused', detail: 'torch sees no GPU' };

  /** A trainer that saves a checkpoint, and then does what the script says. */
  const saves = (then: string): string => `checkpoints=$(sed -n 's/.*"checkpoints": "\\(.*\\)",/\\1/p' "$3")
mkdir -p "$checkpoints/step-1" && echo state > "$checkpoints/step-1/state" && echo '{}' > "$checkpoints/step-1/training-log.jsonl"
echo "{\\"type\\":\\"checkpoint\\",\\"step\\":1,\\"path\\":\\"$checkpoints/step-1\\"}" >&3
${then}`;

  /** A training that was started on a GPU, saved, and stopped there. */
  async function startedOnGpu(): Promise<void> {
    deps = { ...deps, trainingDevice: GPU };
    assert.equal((await failureOf(attempt('first', saves('exit 1')))).type, TRAINER_FAILED);
  }

  const records = (): string[] => deps.store.keys().filter((key) => key.startsWith('steps/fine-tune/'));

  it('tells the trainer device and precision, and records them in the key', async () => {
    deps = { ...deps, trainingDevice: GPU };
    const told = 'grep -q \'"device": "cuda"\' "$3" && grep -q \'"precision": "bf16"\' "$3" || exit 1';
    const { key } = await attempt('first', `${told}\n${TRAINS}`).ended;
    const arithmetic = { device: 'cuda', precision: 'bf16' } as const;
    assert.equal(key, stepKey(fineTuneStep(input, deps.code, arithmetic).identity));
    const record = await deps.store.get(`steps/fine-tune/${key}.json`);
    const { parameters } = JSON.parse(Buffer.from(record?.body ?? '').toString('utf8')) as StepRecord;
    assert.deepEqual(parameters['arithmetic'], arithmetic);
  });

  it('refuses by name on a worker without a GPU what was started on one, and another worker finishes it', async () => {
    await startedOnGpu();
    deps = { ...deps, trainingDevice: { kind: 'cpu' } };
    const failure = await failureOf(attempt('first', TRAINS));
    assert.equal(failure.type, UNFIT_WORKER);
    assert.match(failure.message, /started in bf16 on cuda .* this worker has no GPU/);
    assert.equal(failure.nonRetryable, false);
    assert.equal(failure.nextRetryDelay, UNFIT_RETRY_MS);
    deps = { ...deps, trainingDevice: GPU };
    const { key } = await attempt('first', TRAINS).ended;
    assert.equal(key, stepKey(fineTuneStep(input, deps.code, { device: 'cuda', precision: 'bf16' }).identity));
    assert.equal(records().length, 1);
  });

  it('trains nothing on a worker whose GPU is broken, whether it was started or not', async () => {
    deps = { ...deps, trainingDevice: BROKEN };
    assert.equal((await failureOf(attempt('first', TRAINS))).type, UNFIT_WORKER);
    await startedOnGpu();
    deps = { ...deps, trainingDevice: BROKEN };
    assert.equal((await failureOf(attempt('first', TRAINS))).type, UNFIT_WORKER);
    assert.deepEqual(records(), []);
  });

  it('leaves to another worker a training whose trainer no longer finds the GPU', async () => {
    deps = { ...deps, trainingDevice: GPU };
    const failed = { type: 'failed', error: 'UnfitDevice', message: 'PyTorch sees no GPU', step: null };
    const failure = await failureOf(attempt('first', `echo '${JSON.stringify(failed)}' >&3; exit 1`));
    assert.deepEqual(
      [failure.type, failure.nonRetryable, failure.nextRetryDelay],
      [UNFIT_WORKER, false, UNFIT_RETRY_MS],
    );
  });

  it('answers on any worker with what a worker of another kind has recorded', async () => {
    deps = { ...deps, trainingDevice: GPU };
    const { key } = await attempt('first', TRAINS).ended;
    for (const trainingDevice of [GPU, BROKEN, { kind: 'cpu' }] as const) {
      deps = { ...deps, trainingDevice };
      const { cached, key: found } = await attempt('second', 'exit 1').ended;
      assert.deepEqual([cached, found], [true, key]);
    }
  });
});
