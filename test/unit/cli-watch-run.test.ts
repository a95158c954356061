import assert from 'node:assert/strict';
import test from 'node:test';
import { ServiceError } from '@temporalio/client';
import type { RunView } from '../../cli/observe/run-view.ts';
import { noScreen, watchRun, type RunScreen } from '../../cli/observe/watch-run.ts';
import { finishedView, runningView } from '../fixtures/cli-runs.ts';

const options = { interval: 1, patience: 60_000, signal: new AbortController().signal };

/** What the client throws while the server is away. */
function unavailable(): ServiceError {
  const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 14, details: '', metadata: {} });
  return new ServiceError('Failed to describe workflow', { cause });
}

/** Looks that answer with the given views, or throw the given errors, in order. */
function looks(...answers: (RunView | Error)[]): () => Promise<RunView> {
  return async () => {
    const answer = answers.shift() ?? assert.fail('looked once too often');
    if (answer instanceof Error) throw answer;
    return answer;
  };
}

test('watching ends with the look that finds the run ended', async () => {
  const shown: string[] = [];
  const screen: RunScreen = { ...noScreen, show: ({ status }) => void shown.push(status) };
  const last = await watchRun(looks(runningView(), runningView(), finishedView()), screen, options);
  assert.equal(last?.status, 'completed');
  assert.deepEqual(shown, ['running', 'running', 'completed']);
});

test('a server that is away for a while is asked again', async () => {
  let silences = 0;
  const screen: RunScreen = { ...noScreen, noAnswer: () => void silences++ };
  const last = await watchRun(looks(runningView(), unavailable(), unavailable(), finishedView()), screen, options);
  assert.equal(last?.status, 'completed');
  assert.equal(silences, 2);
});

test('a server that stays away is given up', async () => {
  const look = async (): Promise<RunView> => {
    throw unavailable();
  };
  await assert.rejects(watchRun(look, noScreen, { ...options, patience: 20 }), ServiceError);
});

test('any other error ends the watching at once', async () => {
  await assert.rejects(watchRun(looks(new TypeError('bug')), noScreen, options), TypeError);
});

test('an interrupt ends the watching with the last look', async () => {
  const controller = new AbortController();
  const screen: RunScreen = { ...noScreen, show: () => controller.abort() };
  const last = await watchRun(looks(runningView()), screen, { ...options, signal: controller.signal });
  assert.equal(last?.status, 'running');
});
