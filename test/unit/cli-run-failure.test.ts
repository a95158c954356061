import assert from 'node:assert/strict';
import test from 'node:test';
import { WorkflowFailedError } from '@temporalio/client';
import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  RetryState,
  TerminatedFailure,
} from '@temporalio/common';
import type { RunProgress } from '../../contracts/progress.ts';
import { readFailure } from '../../cli/observe/run-failure.ts';

const PROGRESS: RunProgress = {
  preset: 'demo',
  steps: [
    { name: 'export-base', state: 'failed' },
    { name: 'fine-tune', state: 'failed' },
    { name: 'embed-base', state: 'done' },
  ],
  metrics: {},
  texts: { encoded: 0, cached: 0 },
  paused: null,
  approvalUntil: null,
  gate: null,
};

function ended(cause: Error): WorkflowFailedError {
  return new WorkflowFailedError('Workflow execution failed', cause, RetryState.NON_RETRYABLE_FAILURE);
}

function inActivity(type: string, cause: Error): ActivityFailure {
  return new ActivityFailure('Activity task failed', type, '7', RetryState.NON_RETRYABLE_FAILURE, 'worker', cause);
}

const NO_SPACE = ApplicationFailure.nonRetryable('the disk is full', 'EnvironmentBroken');

test('of two branches that fail together, the step is the one whose activity failed', () => {
  assert.deepEqual(readFailure(ended(inActivity('fineTune', NO_SPACE)), PROGRESS), {
    step: 'fine-tune',
    activity: 'fineTune',
    type: 'EnvironmentBroken',
    message: 'the disk is full',
  });
});

test('an activity type of both branches is told apart by the step that failed', () => {
  assert.equal(readFailure(ended(inActivity('exportEncoder', NO_SPACE)), PROGRESS).step, 'export-base');
});

test('a failure in a child workflow is its step’s', () => {
  const execution = { workflowId: 'nightly/embed-tuned', runId: 'r' };
  const child = new ChildWorkflowFailure(
    'default',
    execution,
    'embed',
    RetryState.NON_RETRYABLE_FAILURE,
    inActivity('encodeSegment', NO_SPACE),
  );
  const { step, activity, message } = readFailure(ended(child), null);
  assert.deepEqual([step, activity, message], ['embed-tuned', 'encodeSegment', 'the disk is full']);
});

test('an input that the workflow refuses has no step', () => {
  const refused = ApplicationFailure.nonRetryable('training.learningRate: must be ≤ 1', 'InvalidInput');
  assert.deepEqual(readFailure(ended(inActivity('prepareRun', refused)), null), {
    step: null,
    activity: 'prepareRun',
    type: 'InvalidInput',
    message: 'training.learningRate: must be ≤ 1',
  });
});

test('a run that was terminated says so, with the reason that was given', () => {
  assert.equal(
    readFailure(ended(new TerminatedFailure('wrong data')), null).message,
    'the run was terminated: wrong data',
  );
});
