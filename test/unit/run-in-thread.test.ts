/** runInThread: results, errors and cancellation across the border of a thread, and a free event loop meanwhile. */
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, test } from 'node:test';
import { runInThread } from '../../adapters/thread/run-in-thread.ts';
import type { addUp, fail, returnFunction, spinForEver, spinUntil } from '../fixtures/thread-functions.ts';

const NEVER = new AbortController().signal;
const named = (name: string) => ({ module: new URL('../fixtures/thread-functions.ts', import.meta.url), name });
const sharedNumber = (): Int32Array<SharedArrayBuffer> => new Int32Array(new SharedArrayBuffer(4));

describe('runInThread', () => {
  test('hands parameters over and the result back', async () => {
    const found = await runInThread<typeof addUp>(named('addUp'), [Float64Array.of(1, 2.5), { plus: 4 }], NEVER);
    assert.deepEqual(found, { sum: 7.5, values: Float64Array.of(1, 2.5) });
  });

  test('leaves the event loop free while the function holds its thread', async () => {
    const turns = sharedNumber();
    const running = runInThread<typeof spinUntil>(named('spinUntil'), [turns, 1_000], NEVER);
    // The function ends only if this loop goes on turning.
    for (let turn = 0; turn < 1_000; turn++) {
      await nextTurn();
      Atomics.add(turns, 0, 1);
    }
    assert.equal(await running, 1_000);
  });

  test('brings back the name and message of an error', async () => {
    const failing = runInThread<typeof fail>(named('fail'), ['no luck today'], NEVER);
    await assert.rejects(failing, (error: Error) => {
      assert.equal(error.name, 'OutOfLuckError');
      assert.equal(error.message, 'no luck today');
      assert.match(error.stack ?? '', /thread-functions\.ts/);
      return true;
    });
  });

  test('ends a thread in the middle of its work, with the reason of the signal', async () => {
    const started = sharedNumber();
    const abort = new AbortController();
    const running = runInThread<typeof spinForEver>(named('spinForEver'), [started], abort.signal);
    const outcome = assert.rejects(running, /enough of it/);
    while (Atomics.load(started, 0) === 0) await nextTurn();
    abort.abort(new Error('enough of it'));
    await outcome;
  });

  test('starts nothing once the signal has been given', async () => {
    const reason = new Error('too late');
    await assert.rejects(runInThread<typeof fail>(named('fail'), ['ran'], AbortSignal.abort(reason)), reason);
  });

  test('names the export that is no function, and the result that can not be cloned', async () => {
    await assert.rejects(
      runInThread(named('noFunction'), [], NEVER),
      /thread-functions\.ts exports no function noFunction/,
    );
    await assert.rejects(runInThread<typeof returnFunction>(named('returnFunction'), [], NEVER), {
      name: 'DataCloneError',
    });
  });

  test('tells of a thread that ends without an answer', async () => {
    await assert.rejects(runInThread(named('exitThread'), [], NEVER), /The thread of exitThread .* exit code 3/);
  });
});
