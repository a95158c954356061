/** core/ranking, core/metrics/retrieval and core/metrics/comparison against sentence-transformers and ranx. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ndcgDifferences, rankChanges } from '../../core/metrics/comparison.ts';
import { retrievalMetrics } from '../../core/metrics/retrieval.ts';
import { ranksOfGold } from '../../core/ranking.ts';
import { assertClose } from '../vectors/assert-close.ts';
import { readVectors } from '../vectors/read-vectors.ts';

interface Vectors {
  readonly k: number;
  readonly passages: number;
  readonly labels: readonly number[];
  readonly gold: readonly number[];
  readonly sentenceTransformers: Readonly<Record<string, number>>;
  readonly ranx: readonly number[];
}

const { k, passages, labels, gold, sentenceTransformers, ranx } = readVectors('retrieval') as Vectors;

describe('ranksOfGold', () => {
  test('gives the 1-based rank, or null where the passage is not among the labels', () => {
    assert.deepEqual(ranksOfGold([4, 7, 9, 7, 1, -1], 3, Int32Array.of(9, 2)), [3, null]);
    assert.deepEqual(ranksOfGold(BigInt64Array.of(4n, 7n), 2, Int32Array.of(4)), [1]);
  });

  test('refuses labels that are not k for each query', () => {
    assert.throws(() => ranksOfGold([1, 2, 3], 2, Int32Array.of(1)), /expected 1 queries x 2 labels, got 3/);
  });
});

describe('retrievalMetrics', () => {
  const metrics = retrievalMetrics(ranksOfGold(labels, k, Int32Array.from(gold)), passages);

  test('equals the InformationRetrievalEvaluator of sentence-transformers', () => {
    const { n_queries, n_docs, ...values } = metrics;
    assert.deepEqual(Object.keys(values), Object.keys(sentenceTransformers));
    for (const [name, value] of Object.entries(values)) assertClose(value, sentenceTransformers[name]!, 1e-12, name);
    assert.deepEqual([n_queries, n_docs], [gold.length, passages]);
  });

  test('equals ranx', () => {
    Object.values(metrics)
      .slice(0, ranx.length)
      .forEach((value, i) => assertClose(value, ranx[i]!, 1e-12));
  });

  test('counts a query whose passage stands beyond the cut-off as not found', () => {
    const few = retrievalMetrics([11, 6, null, 1], 20);
    assert.equal(few['retrieval/R@5'], 0.25);
    assert.equal(few['retrieval/R@10'], 0.5);
    assert.equal(few['retrieval/MRR@10'], (1 / 6 + 1) / 4);
  });

  test('refuses to average over no queries', () => {
    assert.throws(() => retrievalMetrics([], 5), /at least one query/);
  });
});

describe('comparison', () => {
  test('counts queries by whether their passage moved up, down or not at all', () => {
    assert.deepEqual(rankChanges([3, 1, null, null, 2], [1, 2, 5, null, 2]), { better: 2, worse: 1, same: 2 });
  });

  test('takes nDCG after minus before for each query, beyond the cut-off as 0', () => {
    assert.deepEqual([...ndcgDifferences([3, null, 11], [1, 3, 1], 10)], [0.5, 0.5, 1]);
    assert.deepEqual([...ndcgDifferences([1], [null], 10)], [-1]);
  });

  test('refuses different numbers of queries', () => {
    assert.throws(() => rankChanges([1], [1, 2]), /1 queries before with 2 after/);
    assert.throws(() => ndcgDifferences([1], [], 10), /1 queries before with 0 after/);
  });
});
