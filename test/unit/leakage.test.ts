/** core/leakage: which test pairs a model has not seen. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unseenPairs } from '../../core/leakage.ts';

const pair = (query: string, positive: string) => ({ query, positive });

test('a pair is seen where query and positive both stand in one pair of a part, white space aside', () => {
  const part = [pair('q1', 'p1'), pair('q2 ', 'p  2'), pair('q3', 'p1')];
  const other = [pair('q4', 'p4')];
  const testPart = [pair('q1', 'p2'), pair('q2', 'p\n2'), pair('q4', 'p4'), pair('q1', 'p1'), pair('q5', 'p1')];
  assert.deepEqual(unseenPairs(testPart, [part, other]), [0, 4]);
});

test('a repeated test pair is unseen at each of its places, or at none', () => {
  const testPart = [pair('q', 'p'), pair('r', 's'), pair('q', 'p')];
  assert.deepEqual(unseenPairs(testPart, []), [0, 1, 2]);
  assert.deepEqual(unseenPairs(testPart, [[pair('q', 'p')]]), [1]);
});

test('where one text ends and the other begins makes a difference', () => {
  assert.deepEqual(unseenPairs([pair('a b', 'c')], [[pair('a', 'b c')]]), [0]);
});
