/** The leaderboard of a sweep. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { array, assert as check, double, property } from 'fast-check';
import { changesText, ranking, type TrialProgress } from '../../contracts/sweep-result.ts';

const WINNER = { workflowId: 'sweep/1', runId: '1' };

function done(number: number, ndcg: number, mrr = 0): TrialProgress {
  const metrics = { 'dev/ndcg@10': ndcg, 'dev/mrr@10': mrr };
  const training = { name: 'fine-tune', state: 'done', cached: false, madeBy: WINNER } as const;
  const result = { metrics, steps: 3, bestStep: 3, training, texts: { encoded: 0, cached: 0 } };
  return { number, changes: {}, state: 'done', result };
}

const numbers = (trials: readonly TrialProgress[]): number[] => trials.map(({ number }) => number);

test('the best by the metric is first, and of equal ones the earlier', () => {
  const trials = [done(1, 0.5, 0.9), done(2, 0.7, 0.1), done(3, 0.7, 0.2), done(4, 0.6, 0.3)];
  assert.deepEqual(numbers(ranking(trials, 'dev/ndcg@10')), [2, 3, 4, 1]);
  assert.deepEqual(numbers(ranking(trials, 'dev/mrr@10')), [1, 4, 3, 2]);
});

test('trials without a result follow: running, failed, waiting', () => {
  const states = ['waiting', 'failed', 'running'] as const;
  const others = states.map((state, at): TrialProgress => ({ number: at + 2, changes: {}, state }));
  assert.deepEqual(numbers(ranking([...others, done(5, 0)], 'dev/ndcg@10')), [5, 4, 3, 2]);
});

test('no trial is lost, and none stands before a better one', () => {
  check(
    property(array(double({ min: 0, max: 1, noNaN: true })), (values) => {
      const ranked = ranking(
        values.map((value, at) => done(at + 1, value)),
        'dev/ndcg@10',
      );
      const found = ranked.map(({ result }) => result?.metrics['dev/ndcg@10'] ?? Number.NaN);
      assert.deepEqual(
        found,
        values.toSorted((a, b) => b - a),
      );
    }),
  );
});

test('what a trial changes reads as one line', () => {
  assert.equal(
    changesText({ learningRate: 5e-4, 'lora.r': 8, loss: 'mnrl' }),
    'learningRate 0.0005, lora.r 8, loss "mnrl"',
  );
  assert.equal(changesText({}), 'base as it is');
});
