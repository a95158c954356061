/** Recall of an approximate index against exact search. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { neighbourRecall } from '../../core/metrics/neighbour-recall.ts';

it('is 1 when the same neighbours are found, in whatever order', () => {
  assert.equal(neighbourRecall([1, 2, 3, 4], [2, 1, 4, 3], 2), 1);
});

it('is the mean share of neighbours that are found', () => {
  assert.equal(neighbourRecall([1, 2, 3, 4], [1, 9, 8, 9], 2), 0.25);
});

it('counts places without a neighbour on neither side', () => {
  assert.equal(neighbourRecall([5, -1], [5, -1], 2), 1);
  assert.equal(neighbourRecall([5, 6], [5, -1], 2), 0.5);
});

it('refuses labels of different shapes', () => {
  assert.throws(() => neighbourRecall([1, 2], [1], 1), RangeError);
  assert.throws(() => neighbourRecall([], [], 10), RangeError);
});
