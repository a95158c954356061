import assert from 'node:assert/strict';
import test from 'node:test';
import { emptyLog, plainLines, type PlainLogState } from '../../cli/render/plain-log.ts';
import type { RunView } from '../../cli/observe/run-view.ts';
import { finishedView, runningView, START } from '../fixtures/cli-runs.ts';

/** The lines of several looks, one after the other. */
function log(...views: RunView[]): string[][] {
  let state: PlainLogState = emptyLog;
  return views.map((view) => {
    const next = plainLines(view, state);
    state = next.state;
    return next.lines;
  });
}

function at(seconds: number, change: Partial<RunView> = {}): RunView {
  return { ...runningView(), takenAt: START + seconds * 1_000, ...change };
}

test('the first look tells every step that has begun, and none that waits', () => {
  const [lines = []] = log(at(72));
  assert.ok(lines.includes('2026-11-24 02:01:12Z  split           done in 0.2s (cached, made by nightly-2026-11-23)'));
  assert.ok(lines.includes('2026-11-24 02:01:12Z  fine-tune       running'));
  assert.doesNotMatch(lines.join('\n'), /evaluate-tuned/);
});

test('a look that finds nothing new adds no line', () => {
  const [, second] = log(at(72), at(73));
  assert.deepEqual(second, []);
});

test('progress is printed once in ten seconds, when it has changed', () => {
  const trained = at(75).activities.map((one) =>
    one.type === 'fineTune' && one.heartbeat ? { ...one, heartbeat: { ...one.heartbeat, done: 13 } } : one,
  );
  const [, early, due] = log(at(72), at(75, { activities: trained }), at(82, { activities: trained }));
  assert.deepEqual(early, []);
  assert.deepEqual(due, [
    '2026-11-24 02:01:22Z  fine-tune       13/60 steps, 0.26/s, 3m 01s left, loss 1.235, lr 0.00042, grad norm 1.93, 8.3 pairs/s, 1.22 GiB, dev nDCG@10 0.5812',
  ]);
});

test('a retry is one line an attempt, whatever its countdown says', () => {
  const next = at(74).activities.map((one) => (one.attempt === 3 ? { ...one, attempt: 4 } : one));
  const [, same, fourth] = log(at(72), at(73), at(74, { activities: next }));
  assert.deepEqual(same, []);
  assert.match(fourth?.join('\n') ?? '', /^[^\n]*export-base {5}exportEncoder, attempt 4: The object store[^\n]*$/);
});

test('a worker that goes away is told once, and again when it goes away again', () => {
  const away = (seconds: number) => at(seconds, { progress: null, activities: [] });
  const [, gone = [], still, back, again = []] = log(at(72), away(73), away(74), at(75), away(76));
  assert.match(gone.join('\n'), /No worker answers/);
  assert.deepEqual(still, []);
  assert.deepEqual(back, []);
  assert.match(again.join('\n'), /No worker answers/);
});

test('the end of the run is the last line', () => {
  const [, last = []] = log(at(72), finishedView());
  assert.equal(last.at(-1), '2026-11-24 02:05:00Z  run completed');
});

test('there are no control characters in a line', () => {
  const activities = at(72).activities.map((one) => ({ ...one, attempt: 2, lastFailure: 'a\u001b[31m\r\nb' }));
  const [lines = []] = log(at(72, { activities }));
  assert.doesNotMatch(lines.join(''), /\p{Cc}/u);
});
