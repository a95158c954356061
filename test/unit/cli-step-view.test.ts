import assert from 'node:assert/strict';
import test from 'node:test';
import { defaultPayloadConverter } from '@temporalio/common';
import { stepOfActivity } from '../../cli/observe/activity-steps.ts';
import { childStep } from '../../cli/observe/child-workflows.ts';
import { type PendingActivity, readActivity } from '../../cli/observe/pending-activity.ts';
import type { RunView } from '../../cli/observe/run-view.ts';
import { stepViews, strayRetries, type StepView } from '../../cli/observe/step-view.ts';
import { emptyLog, plainLines } from '../../cli/render/plain-log.ts';
import { stepLines } from '../../cli/render/step-lines.ts';
import { runningView, TRAINING_METRICS } from '../fixtures/cli-runs.ts';

function step(view: RunView, name: StepView['name']): StepView {
  return stepViews(view).find((one) => one.name === name) ?? assert.fail(`no step ${name}`);
}

/** The running view with the activities of one step changed. */
function changed(name: StepView['name'], change: Partial<RunView['activities'][number]>): RunView {
  const view = runningView();
  return { ...view, activities: view.activities.map((one) => (one.step === name ? { ...one, ...change } : one)) };
}

test('segments add up to the step: counts, rates, and what is finished already', () => {
  assert.deepEqual(step(runningView(), 'embed-base').work, {
    done: 768 + 200 + 56,
    total: 4_096,
    unit: 'texts',
    rate: 64,
    loss: null,
    metrics: {},
  });
});

test('a step of one activity is counted by its heartbeat alone', () => {
  assert.deepEqual(step(runningView(), 'fine-tune').work, {
    done: 12,
    total: 60,
    unit: 'steps',
    rate: 0.26,
    loss: 1.23456,
    metrics: TRAINING_METRICS,
  });
});

test('progress never exceeds the total, even when a segment is counted twice for a moment', () => {
  const heartbeat = { step: 'embed-base', done: 2_000, total: 2_000, unit: 'texts' } as const;
  assert.equal(step(changed('embed-base', { heartbeat }), 'embed-base').work?.done, 4_096);
});

test('what an activity says that it does is told while it does not count', () => {
  const heartbeat = { step: 'fine-tune', done: 0, total: 0, unit: 'steps', doing: 'loading model' } as const;
  const { work, doing } = step(changed('fine-tune', { heartbeat }), 'fine-tune');
  assert.equal(work, null);
  assert.equal(doing, 'loading model');
});

test('an activity that no worker has picked up waits for a worker', () => {
  assert.equal(
    step(changed('fine-tune', { heartbeat: null, queued: true }), 'fine-tune').doing,
    'waiting for a worker',
  );
});

test('a second attempt is told while it is under way, with what ended the first', () => {
  const view = changed('fine-tune', { attempt: 2, lastFailure: 'its worker stopped answering (heartbeat timeout)' });
  assert.deepEqual(step(view, 'fine-tune').retries, [
    {
      activity: 'fineTune',
      attempt: 2,
      reason: 'its worker stopped answering (heartbeat timeout)',
      startsIn: null,
    },
  ]);
});

test('what an activity waits for is told, on a screen and in a log', () => {
  const waitsFor = 'the object store s3://veille/: it answers 503 SlowDown (attempt 3)';
  const view = changed('fine-tune', { waitsFor });
  const lines = stepLines(step(view, 'fine-tune'), 200).map((spans) => spans.map(({ text }) => text).join(''));
  assert.ok(lines.includes(`  ↳ waits for ${waitsFor}`), lines.join('\n'));
  assert.match(plainLines(view, emptyLog).lines.join('\n'), /fine-tune +waits for the object store s3:.*\(attempt 3\)/);
});

test('a retry for which no step is known is not lost', () => {
  const retries = strayRetries(changed('export-base', { step: null }));
  assert.deepEqual(
    retries.map(({ activity, startsIn }) => [activity, startsIn]),
    [['exportEncoder', 4_000]],
  );
});

test('an activity type of both branches belongs to the one that is at it', () => {
  const { progress } = runningView();
  assert.equal(stepOfActivity('exportEncoder', progress, 'running'), 'export-base');
  assert.equal(stepOfActivity('buildIndex', progress, 'running'), null);
  assert.equal(stepOfActivity('resolveSources', null, 'running'), 'resolve');
  assert.equal(stepOfActivity('constructor', progress, 'running'), null);
});

test('a child workflow is of the step that its ID names, and other workflows are of none', () => {
  assert.equal(childStep('nightly/embed-base'), 'embed-base');
  assert.equal(childStep('nightly/guard-tuned/labour'), 'guard-tuned');
  assert.equal(childStep('nightly'), null);
  assert.equal(childStep('embed-base'), null);
});

test('a heartbeat that says what is waited for is read from Temporal, also of an activity that does not count', () => {
  const beat = (details: unknown): PendingActivity => ({
    activityType: { name: 'splitData' },
    heartbeatDetails: { payloads: [defaultPayloadConverter.toPayload(details)] },
  });
  const waitsFor = 'the object store s3://veille/: it does not answer (attempt 2)';
  const read = (details: unknown) => readActivity(beat(details), null, null);
  assert.deepEqual([read({ waitsFor }).waitsFor, read({ waitsFor }).heartbeat], [waitsFor, null]);
  const counting = { step: 'fine-tune', done: 1, total: 2, unit: 'steps', waitsFor, unknownFaults: 1 };
  assert.equal(read(counting).heartbeat?.done, 1);
  assert.equal(read('of another version').waitsFor, null);
});
