/** How often a failing trainer is tried again, and what a failure changes for the next attempt. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { NON_FINITE_LOSS, OUT_OF_MEMORY, TRAINER_FAILED } from '../../contracts/failures.ts';
import { withTrainerRetries } from '../../workflows/trainer-retries.ts';

interface Tried {
  /** What each attempt was told, in order. */
  readonly microBatches: (number | null)[];
  readonly told: string[];
  readonly failure: ApplicationFailure | null;
}

/** Lets the attempts fail one after the other; the one after the last failure ends well. */
async function tryWith(...failures: ApplicationFailure[]): Promise<Tried> {
  const left = [...failures];
  const microBatches: (number | null)[] = [];
  const told: string[] = [];
  const attempt = async (memoryMicroBatch: number | null): Promise<void> => {
    microBatches.push(memoryMicroBatch);
    const failure = left.shift();
    if (failure) throw failure;
  };
  const failure = await withTrainerRetries(attempt, (why) => void told.push(why)).then(
    () => null,
    (error: unknown) => error as ApplicationFailure,
  );
  return { microBatches, told, failure };
}

function died(checkpointStep: number | null): ApplicationFailure {
  const message = 'The trainer was killed by SIGKILL';
  return ApplicationFailure.create({ type: TRAINER_FAILED, message, details: [{ checkpointStep, microBatch: 32 }] });
}

function outOfMemory(microBatch: number | null): ApplicationFailure {
  const message = 'CUDA out of memory';
  return ApplicationFailure.create({ type: OUT_OF_MEMORY, message, details: [{ checkpointStep: 10, microBatch }] });
}

describe('withTrainerRetries', () => {
  it('gives up at the third failure without a newer checkpoint in between', async () => {
    const { microBatches, failure } = await tryWith(died(20), died(20), died(20));
    assert.equal(microBatches.length, 3);
    assert.equal(failure?.type, TRAINER_FAILED);
  });

  it('counts failures before the first checkpoint too', async () => {
    const { microBatches, failure } = await tryWith(died(null), died(null), died(null));
    assert.equal(microBatches.length, 3);
    assert.ok(failure);
  });

  it('starts over after a newer checkpoint: a training that gets on survives any number of kills', async () => {
    const kills = Array.from({ length: 20 }, (_, kill) => died(kill * 5));
    const { microBatches, failure } = await tryWith(...kills);
    assert.equal(microBatches.length, 21);
    assert.equal(failure, null);
  });

  it('does not start over for an older checkpoint, of which the newer one was damaged', async () => {
    const { failure } = await tryWith(died(20), died(10), died(20));
    assert.ok(failure);
  });

  it('halves what a forward pass holds at each out-of-memory, without counting it as an error', async () => {
    const { microBatches, told, failure } = await tryWith(outOfMemory(32), outOfMemory(16), outOfMemory(8), died(10));
    assert.deepEqual(microBatches, [null, 16, 8, 4, 4]);
    assert.equal(failure, null);
    assert.match(told[2] ?? '', /computing in parts of 4 pairs/);
    assert.match(told[3] ?? '', /trying again: The trainer was killed/);
  });

  it('says what to do when memory does not hold a single pair', async () => {
    const { failure } = await tryWith(outOfMemory(2), outOfMemory(1));
    assert.equal(failure?.type, OUT_OF_MEMORY);
    assert.equal(failure.nonRetryable, true);
    assert.match(failure.message, /does not hold a single pair: lower training\.maxSeqLength.*CUDA out of memory/);
  });

  it('counts an out-of-memory of what has no batch, such as an export', async () => {
    const { microBatches, failure } = await tryWith(outOfMemory(null), outOfMemory(null), outOfMemory(null));
    assert.deepEqual(microBatches, [null, null, null]);
    assert.ok(failure);
  });

  it('tries nothing again that no retry can mend', async () => {
    const lost = ApplicationFailure.create({ type: NON_FINITE_LOSS, message: 'the loss is nan' });
    assert.equal((await tryWith(lost)).failure, lost);
  });
});
