import assert from 'node:assert/strict';
import test from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import pc from 'picocolors';
import { runFrame } from '../../cli/render/run-frame.ts';
import { STEP_NAMES } from '../../contracts/progress.ts';
import { INCONCLUSIVE } from '../fixtures/cli-gate.ts';
import { doneStep, finishedView, LAST_NIGHT, progressing, RESULT, runningView, START } from '../fixtures/cli-runs.ts';

const plain = pc.createColors(false);
const coloured = pc.createColors(true);
const roomy = { columns: 80, rows: 40, colors: plain };

function lineOf(lines: readonly string[], step: string): string {
  return lines.find((line) => line.slice(2).startsWith(`${step} `)) ?? assert.fail(`no line for ${step}`);
}

test('a cached step names the run that made it, and a computed one says so', () => {
  const lines = runFrame(runningView(), roomy);
  assert.equal(lineOf(lines, 'split'), '✔ split                0.2s  cached from nightly-2026-11-23');
  assert.equal(lineOf(lines, 'bm25'), '✔ bm25                 1.2s  computed');
});

test('training shows steps, rate, time left and loss beside its bar at 80 columns', () => {
  const line = lineOf(runFrame(runningView(), roomy), 'fine-tune');
  assert.match(line, /━+─+ {2}12\/60 steps {2}0\.26\/s {2}3m 05s left {2}loss 1\.235$/);
});

test('training shows learning rate, gradient norm, speed, memory and the newest dev metric below its bar', () => {
  const lines = runFrame(runningView(), roomy);
  const below = lines[lines.indexOf(lineOf(lines, 'fine-tune')) + 1];
  assert.equal(below, '    lr 0.00042  grad norm 1.93  8.3 pairs/s  1.22 GiB  dev nDCG@10 0.5812');
});

test('a note on a training that goes on stands below its figures', () => {
  const view = runningView();
  const { progress } = view;
  assert.ok(progress);
  const note = 'out of memory: computing in parts of 8 pairs';
  const steps = progress.steps.map((step) => (step.name === 'fine-tune' ? { ...step, note } : step));
  const lines = runFrame({ ...view, progress: { ...progress, steps } }, roomy);
  assert.equal(lines[lines.indexOf(lineOf(lines, 'fine-tune')) + 2], `    ${note}`);
});

test('the segments under way count on top of the finished ones', () => {
  const line = lineOf(runFrame(runningView(), { ...roomy, columns: 120 }), 'embed-base');
  assert.match(line, /1,024\/4,096 texts {2}64\/s {2}48s left$/);
});

test('the bar is full to the share that is done', () => {
  const line = lineOf(runFrame(runningView(), { ...roomy, columns: 120 }), 'embed-base');
  assert.equal(line.match(/━/g)?.length, 10);
  assert.equal(line.match(/─/g)?.length, 30);
});

test('without room for a bar the figures remain', () => {
  const line = lineOf(runFrame(runningView(), { ...roomy, columns: 62 }), 'embed-base');
  assert.doesNotMatch(line, /[━─]/);
  assert.match(line, /1,024\/4,096 texts/);
});

test('an activity that waits for another attempt shows the attempt and the reason in full', () => {
  const text = runFrame(runningView(), roomy)
    .join('\n')
    .replaceAll(/\n {4}/g, ' ');
  assert.match(text, /exportEncoder, attempt 3 in 4\.0s: The object store .* connect ECONNREFUSED 127\.0\.0\.1:9000/);
});

for (const columns of [40, 80, 120]) {
  test(`no line is wider than a terminal of ${columns} columns, colours aside`, () => {
    for (const view of [runningView(), finishedView()]) {
      const lines = runFrame(view, { columns, rows: 40, colors: coloured });
      const widest = Math.max(...lines.map((line) => stripVTControlCharacters(line).length));
      assert.ok(widest <= columns, `${widest} > ${columns}`);
    }
  });
}

test('in a low terminal the waiting steps are folded into one line', () => {
  const lines = runFrame(runningView(), { ...roomy, rows: 14 });
  assert.ok(lines.length <= 14);
  assert.ok(lines.includes('· 19 more steps'));
  assert.ok(lineOf(lines, 'fine-tune'));
});

test('late in a run, what was done first is folded too, so that what is under way stays in sight', () => {
  const view = runningView();
  const steps = STEP_NAMES.map((name) =>
    name === 'fine-tune' || name === 'record' ? { name, state: 'running' as const } : doneStep(name, 0, 1),
  );
  const lines = runFrame({ ...view, ...progressing({ steps }) }, { ...roomy, rows: 14 });
  assert.equal(lines.length, 14);
  assert.match(lines.join('\n'), /^✔ 17 steps done$/m);
  assert.ok(lineOf(lines, 'fine-tune'));
  assert.ok(lineOf(lines, 'record'));
  assert.ok(lineOf(lines, 'track'));
});

test('steps that are skipped share a sentence with their reasons, in one row where more would not fit', () => {
  const view = runningView();
  const skipped = new Set(['read-guards', 'guard-reference', 'guard-tuned']);
  const steps = (view.progress?.steps ?? []).map((step) =>
    skipped.has(step.name) ? { name: step.name, state: 'skipped' as const, note: 'gate.guards is empty' } : step,
  );
  const text = '– Skipped: read-guards, guard-reference, guard-tuned (gate.guards is empty).';
  assert.ok(runFrame({ ...view, ...progressing({ steps }) }, roomy).includes(text));
  const narrow = runFrame({ ...view, ...progressing({ steps }) }, { ...roomy, columns: 40, rows: 24 });
  assert.ok(narrow.includes('– Skipped: read-guards, guard-reference…'));
  assert.ok(narrow.length <= 24);
});

test('a paused run says who paused it, why, and how it goes on, in full', () => {
  const paused = { by: 'ada', note: 'the bucket moves to another region', since: START };
  const lines = runFrame({ ...runningView(), ...progressing({ paused }) }, roomy);
  assert.match(
    lines.slice(1, 3).join(' '),
    /^Paused by ada since 2026-11-24 02:00:00Z: the bucket moves to another region\. It goes on with: veille resume nightly-2026-11-24$/,
  );
});

test('a run that waits for an approval shows the verdict and the command to type', () => {
  const view = { ...runningView(), ...progressing({ gate: INCONCLUSIVE, approvalUntil: START + 43_200_000 }) };
  const text = runFrame(view, roomy).join(' ');
  assert.match(text, /Waits for an approval until 2026-11-24 14:00:00Z: veille approve nightly-2026-11-24,/);
  assert.match(text, /gate inconclusive, against champion revision 4 \(nightly-2026-11-20\)$/);
});

test('an unchanged run names the one whose result it has, and shows no steps as its own', () => {
  const view = finishedView();
  const result = { ...RESULT, unchangedSince: LAST_NIGHT };
  const lines = runFrame({ ...view, result }, { ...roomy, columns: 100 });
  assert.match(lines[0] ?? '', /unchanged since nightly-2026-11-23$/);
  assert.doesNotMatch(lines.join('\n'), /computed/);
});

test('control characters in a failure message do not reach the terminal', () => {
  const view = runningView();
  const activities = view.activities.map((one) => ({ ...one, attempt: 2, lastFailure: 'bad\u001b[2J\r\nthing' }));
  const text = runFrame({ ...view, activities }, roomy).join('');
  assert.match(text, /bad\\x1b\[2J thing/);
  assert.doesNotMatch(text, /\p{Cc}/u);
});

test('a run that no worker answers for says what to start', () => {
  const lines = runFrame({ ...runningView(), progress: null, activities: [] }, roomy);
  assert.match(lines.join('\n'), /No worker answers on queue veille-cpu.*veille dev/);
});

test('a worker that fails over the run again and again is told from an absent one', () => {
  const frame = (taskAttempts: number): string =>
    runFrame({ ...runningView(), progress: null, activities: [], taskAttempts }, roomy)
      .join(' ')
      .replaceAll(/ +/g, ' ');
  assert.match(frame(3), /A worker on queue veille-cpu takes the run and fails again and again: its log says why/);
  assert.match(frame(2), /No worker answers/, 'one that was killed once may be gone');
});

test('without progress, activities that are tried again are still shown', () => {
  const text = runFrame({ ...runningView(), progress: null }, roomy).join('\n');
  assert.match(text, /exportEncoder, attempt 3/);
});
