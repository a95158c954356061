/** core/leakage: which test pairs a model has seen, and how. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalizeText } from '../../core/normalize-text.ts';
import { seenPairs } from '../../core/leakage.ts';

const pair = (query: string, positive: string) => ({ query, positive });

test('a pair is seen where query and positive both stand in one pair of a part, white space aside', () => {
  const part = [pair('q1', 'p1'), pair('q2 ', 'p  2'), pair('q3', 'p1')];
  const other = [pair('q4', 'p4')];
  const testPart = [pair('q1', 'p2'), pair('q2', 'p\n2'), pair('q4', 'p4'), pair('q1', 'p1'), pair('q5', 'p1')];
  assert.deepEqual(seenPairs(testPart, [part, other]), ['query', 'pair', 'pair', 'pair', null]);
});

test('a question is seen where it stands with another passage, white space aside', () => {
  const part = [pair(' q  1\n', 'p9')];
  assert.deepEqual(seenPairs([pair('q 1', 'p1'), pair('q1', 'p9'), pair('q', '1 p1')], [part]), ['query', null, null]);
});

test('a repeated test pair is seen at each of its places, or at none', () => {
  const testPart = [pair('q', 'p'), pair('r', 's'), pair('q', 'p')];
  assert.deepEqual(seenPairs(testPart, []), [null, null, null]);
  assert.deepEqual(seenPairs(testPart, [[pair('q', 'p')]]), ['pair', null, 'pair']);
});

test('where one text ends and the other begins makes a difference', () => {
  assert.deepEqual(seenPairs([pair('a b', 'c')], [[pair('a', 'b c')]]), [null]);
});

test('a spelling that a tokenizer makes one with another is the same text, unless the reference is followed', () => {
  const part = [pair('Quel de\u0301lai\u200b ?', 'Un\u00a0an')];
  const testPart = [pair('Quel délai ?', 'Un an'), pair('Quel délai ?', 'Deux ans')];
  assert.deepEqual(seenPairs(testPart, [part]), ['pair', 'query']);
  assert.deepEqual(seenPairs(testPart, [part], normalizeText), [null, null]);
});
