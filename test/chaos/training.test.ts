/**
 * One training that is killed again and again, at random moments, and ends with the same bits as an undisturbed one.
 *
 * By default some of the ways to die come once each, drawn by a seed that is printed. VEILLE_CHAOS_KILLS sets how many
 * there are, of random kinds beyond those that there are, and VEILLE_CHAOS_SEED repeats a run that was told by its seed.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fromJsonLines } from '../../activities/json-lines.ts';
import type { SupervisedWorker } from '../../cli/stack/workers.ts';
import type { FineTuneInput } from '../../contracts/activities.ts';
import type { FineTuneResult } from '../../contracts/steps.ts';
import { NumpyGenerator } from '../../core/numpy-random/generator.ts';
import { resultOf, until } from '../fixtures/run-observation.ts';
import { startTestStack, type TestStack } from '../fixtures/test-stack.ts';
import { DEATHS, type Death } from '../fixtures/train-only/deaths.ts';
import { serveTrainOnly, startTraining, type TrainingRun } from '../fixtures/train-only/training.ts';
import { toldOf } from '../fixtures/train-only/told.ts';
import { trainingInput } from '../fixtures/training-input.ts';
import { trainerOf } from '../fixtures/trainer-pid.ts';
import { forgetTrainings, newestCheckpoint } from '../fixtures/training-store.ts';

/** Two thirds of the kinds: each comes in two of three runs, which take minutes less for it. */
const KILLS = Number(process.env['VEILLE_CHAOS_KILLS'] ?? 6);
const SEED = Number(process.env['VEILLE_CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** Steps that go by between two kills, a server's absence included: twice what a fast machine needs on one thread. */
const STEPS_A_KILL = 12;
/** Above what importing the trainer's libraries takes without a word on a busy machine. */
const HANG_SECONDS = 45;
/** A moment within about two checkpoints. */
const MOMENT_SECONDS = 2;

const random = new NumpyGenerator(SEED);
const draw = (below: number): number => (random.random(1)[0] ?? 0) * below;
const plan = drawPlan();

let stack: TestStack;
let workers: SupervisedWorker[];
let stopServing: () => Promise<void>;
let input: FineTuneInput;
let undisturbed: FineTuneResult;
let run: TrainingRun;

before(async () => {
  console.log(`VEILLE_CHAOS_SEED=${SEED} VEILLE_CHAOS_KILLS=${KILLS}: ${plan.map(({ name }) => name).join(', ')}`);
  stack = await startTestStack();
  workers = await Promise.all(
    ['gpu-1', 'gpu-2'].map((name) => stack.startWorker('gpu', name, { VEILLE_THREADS: '1' })),
  );
  stopServing = await serveTrainOnly(stack);
  input = await trainingInput(stack.artifacts, 160, {
    batchSize: 8,
    maxSteps: (KILLS + 2) * STEPS_A_KILL,
    checkpointSteps: 4,
    logSteps: 1,
    evalSteps: 50,
    hangSeconds: HANG_SECONDS,
  });
  undisturbed = await resultOf(await startTraining(stack, 'undisturbed', input));
  await forgetTrainings(stack);
  run = await startTraining(stack, 'disturbed', input);
});
after(async () => {
  await stopServing();
  await stack.stop();
});

/** Each kind once, as long as that is enough; any kind beyond. */
function drawPlan(): Death[] {
  const keyed = DEATHS.map((death) => ({ death, key: draw(1) })).toSorted((a, b) => a.key - b.key);
  return Array.from({ length: KILLS }, (_, kill) => {
    const death = keyed[kill]?.death ?? DEATHS[Math.floor(draw(DEATHS.length))];
    assert.ok(death);
    return death;
  });
}

/** Waits until a checkpoint after `step` is in the store: the training has got on. */
async function trainedBeyond(step: number): Promise<number> {
  return until(`a checkpoint after step ${step}`, async () => {
    const newest = (await newestCheckpoint(stack)) ?? -1;
    return newest > step && newest;
  });
}

/** The worker that trains now. */
async function training(): Promise<{ worker: number; trainer: number }> {
  return until('a worker that trains', async () => {
    for (const worker of workers.map((each) => each.pid())) {
      const trainer = trainerOf(worker);
      if (trainer !== null) return { worker, trainer };
    }
    return null;
  });
}

describe(`a training that goes on after`, () => {
  let reached = -1;
  for (const [index, { name, strike, shows }] of plan.entries())
    it(`kill ${index + 1}: ${name}`, async () => {
      reached = await trainedBeyond(reached);
      await pause(draw(MOMENT_SECONDS) * 1_000);
      const known = await toldOf(stack, run);
      await strike({ stack, ...(await training()), seconds: draw(MOMENT_SECONDS) });
      if (shows)
        await until(`the run to tell ${shows}`, async () =>
          [...(await toldOf(stack, run))].some((line) => shows.test(line) && !known.has(line)),
        );
      reached = await trainedBeyond(reached);
    });
});

describe('the training that was disturbed', () => {
  let result: FineTuneResult;
  before(async () => {
    result = await resultOf(run);
  });

  it('ends with the same weights as the undisturbed one', () => {
    assert.equal(result.weights.digest, undisturbed.weights.digest);
  });

  it('has the same training log, byte for byte', () => {
    assert.equal(result.trainingLog.sha256, undisturbed.trainingLog.sha256);
  });

  it('has told each step’s metrics once, in order, in the live log too', async () => {
    const live = await stack.objects.get(`runs/disturbed/${run.firstExecutionRunId}/metrics.jsonl`);
    assert.ok(live);
    const steps = fromJsonLines<{ step: number }>(live.body).map(({ step }) => step);
    const trained = fromJsonLines<{ step: number }>(await stack.artifacts.getBytes(result.trainingLog));
    assert.deepEqual(
      steps,
      trained.map(({ step }) => step),
    );
  });

  it('leaves no checkpoint behind', async () => {
    for await (const { key } of stack.objects.list('checkpoints/')) assert.fail(key);
  });
});
