/** core/qrels: judged pairs as queries, a corpus and grades; clusters of queries. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { buildQrels, clusterQueries, type JudgedPair } from '../../core/qrels.ts';

const pair = (query: string, positive: string, grade = 1): JudgedPair => ({ query, positive, grade });

describe('buildQrels', () => {
  test('takes texts that differ in white space for the same, and the highest of repeated grades', () => {
    const qrels = buildQrels([
      pair('a  b', 'p\n1', 1),
      pair('a b ', 'p 1', 3),
      pair('a b', 'p 1', 2),
      pair('c', 'p 2'),
    ]);
    assert.deepEqual(qrels, {
      queries: ['a  b', 'c'],
      passages: ['p\n1', 'p 2'],
      grades: [new Map([[0, 3]]), new Map([[1, 1]])],
    });
  });

  test('leaves out a query without a relevant passage, and keeps its passages in the corpus', () => {
    const { queries, passages, grades } = buildQrels([
      pair('none', 'p1', 0),
      pair('one', 'p2', 2),
      pair('one', 'p1', 0),
    ]);
    assert.deepEqual([queries, passages], [['one'], ['p1', 'p2']]);
    assert.deepEqual(grades, [
      new Map([
        [1, 2],
        [0, 0],
      ]),
    ]);
  });
});

describe('clusterQueries', () => {
  test('connects queries by relevant passages, directly or through others, and not by irrelevant ones', () => {
    const qrels = buildQrels([
      pair('a', 'p1'),
      pair('b', 'p2'),
      pair('c', 'p3'),
      pair('c', 'p1'),
      pair('d', 'p2', 0),
      pair('d', 'p4'),
      pair('e', 'p3', 3),
    ]);
    assert.deepEqual([...clusterQueries(qrels)], [0, 1, 0, 2, 0]);
  });
});
