import assert from 'node:assert/strict';
import test from 'node:test';
import { emptyLog, plainLines, type PlainLogState } from '../../cli/render/plain-log.ts';
import type { RunView } from '../../cli/observe/run-view.ts';
import { PASSED } from '../fixtures/cli-gate.ts';
import { finishedView, LAST_NIGHT, progressing, RESULT, runningView, START } from '../fixtures/cli-runs.ts';

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
  assert.ok(
    lines.includes('2026-11-24 02:01:12Z  split              done in 0.2s (cached, made by nightly-2026-11-23)'),
  );
  assert.ok(lines.includes('2026-11-24 02:01:12Z  fine-tune          running'));
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
    '2026-11-24 02:01:22Z  fine-tune          13/60 steps, 0.26/s, 3m 01s left, loss 1.235, lr 0.00042, grad norm 1.93, 8.3 pairs/s, 1.22 GiB, dev nDCG@10 0.5812',
  ]);
});

test('a retry is one line an attempt, whatever its countdown says', () => {
  const next = at(74).activities.map((one) => (one.attempt === 3 ? { ...one, attempt: 4 } : one));
  const [, same, fourth] = log(at(72), at(73), at(74, { activities: next }));
  assert.deepEqual(same, []);
  assert.match(fourth?.join('\n') ?? '', /^[^\n]*export-base {8}exportEncoder, attempt 4: The object store[^\n]*$/);
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

test('an unchanged run tells whose result it has, and none of its steps', () => {
  const [lines] = log({ ...finishedView(), result: { ...RESULT, unchangedSince: LAST_NIGHT } });
  assert.deepEqual(lines, ['2026-11-24 02:05:00Z  run completed, unchanged since nightly-2026-11-23']);
});

test('steps that are skipped at the same time share a line', () => {
  const skipped = new Set(['guard-reference', 'guard-tuned']);
  const steps = (runningView().progress?.steps ?? []).map((step) =>
    skipped.has(step.name) ? { name: step.name, state: 'skipped' as const, note: 'gate.guards is empty' } : step,
  );
  const [, told, still] = log(at(72), at(73, progressing({ steps })), at(74, progressing({ steps })));
  assert.deepEqual(told, ['2026-11-24 02:01:13Z  Skipped: guard-reference, guard-tuned (gate.guards is empty).']);
  assert.deepEqual(still, []);
});

test('a pause is told once, with who, since when, why and the way out', () => {
  const paused = { by: 'ada', note: 'the bucket moves', since: START + 70_000 };
  const [, told, still] = log(at(72), at(73, progressing({ paused })), at(74, progressing({ paused })));
  assert.deepEqual(told, [
    '2026-11-24 02:01:13Z  Paused by ada since 2026-11-24 02:01:10Z: the bucket moves. ' +
      'It goes on with: veille resume nightly-2026-11-24',
  ]);
  assert.deepEqual(still, []);
});

test('a verdict is told once, and so is the approval that it waits for', () => {
  const waiting = progressing({ gate: PASSED, approvalUntil: START + 43_200_000 });
  const [, told, still] = log(at(72), at(73, waiting), at(74, waiting));
  assert.deepEqual(told, [
    '2026-11-24 02:01:13Z  gate: promote, against the base model, since there is no champion',
    '2026-11-24 02:01:13Z  Waits for an approval until 2026-11-24 14:00:00Z: ' +
      'veille approve nightly-2026-11-24, with --refuse to keep things as they are',
  ]);
  assert.deepEqual(still, []);
});

test('there are no control characters in a line', () => {
  const activities = at(72).activities.map((one) => ({ ...one, attempt: 2, lastFailure: 'a\u001b[31m\r\nb' }));
  const [lines = []] = log(at(72, { activities }));
  assert.doesNotMatch(lines.join(''), /\p{Cc}/u);
});
