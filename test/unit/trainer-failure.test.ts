/** From every way in which a trainer ends to what the run shows, and whether it is tried again. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { trainerFailure, type TrainingState } from '../../activities/trainer-failure.ts';
import type { TrainerEnd } from '../../adapters/trainer/trainer-process.ts';
import { NON_FINITE_LOSS, OUT_OF_MEMORY, PREEMPTED, TRAINER_FAILED } from '../../contracts/failures.ts';

const LOG = 's3://bucket/trainer.log';
const AT_STEP_10: TrainingState = { checkpointStep: 10, microBatch: 32 };

const EXITED: TrainerEnd = {
  exitCode: 1,
  signal: null,
  killed: null,
  silenceSeconds: 900,
  failure: null,
  finished: null,
  preempted: null,
  lastDid: 'step 12',
  lastWords: '',
  log: '/scratch/trainer.log',
};
const KILLED: TrainerEnd = { ...EXITED, exitCode: null, signal: 'SIGKILL' };

describe('the failure of a trainer', () => {
  it('has the exit code, the last words and the place of the log', () => {
    const failure = trainerFailure({ ...EXITED, exitCode: 3, lastWords: 'RuntimeError: boom' }, LOG);
    assert.equal(failure.type, TRAINER_FAILED);
    assert.match(failure.message, /exited with 3: RuntimeError: boom \(whole log: s3:\/\/bucket\/trainer\.log\)/);
  });

  it('carries the newest checkpoint, by which the run tells whether it got on', () => {
    const { details } = trainerFailure(EXITED, LOG, AT_STEP_10);
    assert.deepEqual(details, [{ exitCode: 1, signal: null, lastWords: '', log: LOG, ...AT_STEP_10 }]);
  });

  it('names the kernel as the likeliest sender of a SIGKILL that nobody here sent', () => {
    const failure = trainerFailure(KILLED, LOG, AT_STEP_10);
    assert.equal(failure.type, TRAINER_FAILED);
    assert.match(failure.message, /killed by SIGKILL after step 12.*most likely the kernel, for want of memory/);
    assert.match(failure.message, /last good checkpoint: step 10/);
  });

  it('blames no kernel for another signal', () => {
    const failure = trainerFailure({ ...KILLED, signal: 'SIGSEGV', lastWords: 'Segmentation fault' }, LOG);
    assert.match(failure.message, /killed by SIGSEGV after step 12: Segmentation fault/);
  });

  it('says for how long a hung one was silent, and after what', () => {
    const end: TrainerEnd = { ...KILLED, killed: 'silent', lastDid: '"saving checkpoint" at step 20' };
    const failure = trainerFailure(end, LOG, AT_STEP_10);
    assert.equal(failure.type, TRAINER_FAILED);
    assert.match(failure.message, /reported nothing for 900 s after "saving checkpoint" at step 20, and was killed/);
  });

  it('is final when the loss is no number, with the step and the last good checkpoint', () => {
    const event = { type: 'failed', error: 'NonFiniteLoss', message: 'loss is nan', step: 12 } as const;
    const failure = trainerFailure({ ...EXITED, failure: event }, LOG, AT_STEP_10);
    assert.equal(failure.type, NON_FINITE_LOSS);
    assert.equal(failure.nonRetryable, true);
    assert.match(failure.message, /at step 12: loss is nan; last good checkpoint: step 10/);
  });

  it('says so when there is no checkpoint yet', () => {
    const event = { type: 'failed', error: 'NonFiniteLoss', message: 'loss is inf', step: 1 } as const;
    const state = { ...AT_STEP_10, checkpointStep: null };
    assert.match(trainerFailure({ ...EXITED, failure: event }, LOG, state).message, /no checkpoint yet/);
  });

  it('of want of memory is left to the workflow, with the pairs that did not fit', () => {
    const event = { type: 'failed', error: 'OutOfMemory', message: 'CUDA out of memory', step: 0 } as const;
    const failure = trainerFailure({ ...EXITED, failure: event }, LOG, AT_STEP_10);
    assert.equal(failure.type, OUT_OF_MEMORY);
    assert.equal(failure.nonRetryable, false);
  });
});

describe('a trainer that was told to stop', () => {
  const preempted = { type: 'preempted', step: 7, path: '/checkpoints/step-7' } as const;
  const ends: Readonly<Record<string, [TrainerEnd, RegExp]>> = {
    'has saved its state': [{ ...EXITED, exitCode: 75, preempted }, /at step 7 and saved its state/],
    'had nothing to save': [
      { ...EXITED, exitCode: 75, preempted: { ...preempted, path: null } },
      /before there was anything to save/,
    ],
    'had not begun to listen': [{ ...KILLED, signal: 'SIGTERM', lastDid: null }, /before there was anything to save/],
    'did not stop in time': [{ ...KILLED, killed: 'not stopping' }, /after step 12, did not in time, and was killed/],
  };
  for (const [what, [end, message]] of Object.entries(ends))
    it(`and ${what} is a preemption, to be retried at once`, () => {
      const failure = trainerFailure(end, LOG, AT_STEP_10);
      assert.equal(failure.type, PREEMPTED);
      assert.equal(failure.nonRetryable, false);
      assert.equal(failure.nextRetryDelay, '1 millisecond');
      assert.match(failure.message, message);
    });
});
