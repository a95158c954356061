/** What is slow but moves is not cut, and what stands still is. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, it, mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { StallWatch } from '../../adapters/requests/stall-watch.ts';

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
afterEach(() => mock.timers.reset());

async function pass(milliseconds: number): Promise<void> {
  mock.timers.tick(milliseconds);
  await turn();
}

it('ends what stands still', async () => {
  const watch = new StallWatch(1_000);
  await pass(999);
  assert.equal(watch.signal.aborted, false);
  await pass(1);
  assert.match(String(watch.signal.reason), /nothing has moved for 1 s/);
});

it('lets what moves take any time', async () => {
  const watch = new StallWatch(1_000);
  for (let second = 0; second < 3_600; second++) {
    await pass(999);
    watch.moved();
  }
  assert.equal(watch.signal.aborted, false);
});

it('does not count the time that our side takes', async () => {
  const watch = new StallWatch(1_000);
  watch.pause();
  await pass(3_600_000);
  assert.equal(watch.signal.aborted, false);
  watch.moved(500);
  await pass(1_400);
  assert.equal(watch.signal.aborted, false);
  await pass(100);
  assert.equal(watch.signal.aborted, true);
});

it('does not blame the other side for bytes that came while this process was busy', async () => {
  const watch = new StallWatch(1_000);
  mock.timers.tick(5_000);
  // The bytes are read in the turn in which the time is found to be over.
  watch.moved();
  await turn();
  assert.equal(watch.signal.aborted, false);
});

it('ends with the signal around it, also one that was aborted before', async () => {
  const outer = new AbortController();
  const watch = new StallWatch(1_000, outer.signal);
  outer.abort(new Error('enough'));
  assert.match(String(watch.signal.reason), /enough/);
  assert.match(String(new StallWatch(1_000, outer.signal).signal.reason), /enough/);
});
