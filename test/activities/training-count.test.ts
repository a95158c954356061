/** How far a training is, signalled to its run: seldom, and at no cost to the training. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Client, Connection, type ClientInterceptors } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { TrainingCount } from '../../activities/training-count.ts';
import type { CountedSignal } from '../../contracts/progress.ts';

/** Counts from 0 to `total`, a step after the other, with a client whose signals go to `signal` instead of a server. */
async function train(total: number, signal?: (args: CountedSignal) => Promise<void>): Promise<void> {
  const interceptors = {
    workflow: [{ signal: ({ args }: { args: unknown[] }) => signal?.(args[0] as CountedSignal) }],
  };
  const client = new Client({ connection: Connection.lazy(), interceptors: interceptors as ClientInterceptors });
  const options = { logger: new DefaultLogger('ERROR'), ...(signal ? { client } : {}) };
  await new MockActivityEnvironment({}, options).run(async () => {
    const count = new TrainingCount();
    for (let done = 0; done <= total; done++) {
      count.tell(done, total);
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
}

test('a long training tells some twenty times, from the start to the end', async () => {
  const told: number[] = [];
  await train(1_000, async ({ done }) => void told.push(done));
  assert.equal(told.length, 21);
  assert.deepEqual([told[0], told.at(-1)], [0, 1_000]);
});

test('a short training tells each step', async () => {
  const told: CountedSignal[] = [];
  await train(3, async (signal) => void told.push(signal));
  assert.deepEqual(
    told,
    [0, 1, 2, 3].map((done) => ({ step: 'fine-tune', done, total: 3 })),
  );
});

test('while Temporal does not answer, one signal waits and the training goes on', async () => {
  let sent = 0;
  await train(100, () => {
    sent += 1;
    return new Promise(() => {});
  });
  assert.equal(sent, 1);
});

test('a signal that fails, or that can not be sent at all, is no failure of the training', async () => {
  await train(100, () => Promise.reject(new Error('workflow not found')));
  await train(100);
});
