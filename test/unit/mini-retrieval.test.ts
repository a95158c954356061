/** core/metrics/mini-retrieval: ranks among few, beyond what the numpy program's share shows. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dot, type Embeddings, rowCount } from '../../core/embeddings.ts';
import { miniRanks, miniRetrievalMetrics } from '../../core/metrics/mini-retrieval.ts';
import { NumpyGenerator } from '../../core/numpy-random/generator.ts';
import { similarityCases } from '../vectors/similarity-cases.ts';

function oneHot(rows: number): Embeddings {
  const values = Float32Array.from({ length: rows * rows }, (_, i) => (i % (rows + 1) === 0 ? 1 : 0));
  return { values, dimensions: rows };
}

/** Every pair has a passage of its own. */
function inOrder(pairs: number): Int32Array {
  return Int32Array.from({ length: pairs }, (_, i) => i);
}

describe('miniRanks', () => {
  test('ranks among all passages when every other pair is a negative, whatever the draw', () => {
    for (const { queries, positives, gold } of similarityCases()) {
      const pairs = rowCount(queries);
      const ranks = miniRanks(queries, positives, gold, new NumpyGenerator(pairs), pairs - 1);
      for (let i = 0; i < pairs; i++) {
        const own = dot(queries, i, positives, i);
        const better = Array.from({ length: pairs }, (_, j) => j).filter((j) => {
          const cosine = dot(queries, i, positives, j);
          return cosine > own || (cosine === own && gold[j]! < gold[i]!);
        });
        assert.equal(ranks[i], 1 + better.length);
      }
    }
  });

  test('ranks passages that are exactly as near in the order of the corpus', () => {
    const same = { values: new Float32Array(20).fill(1), dimensions: 1 };
    const ranks = miniRanks(same, same, inOrder(20), new NumpyGenerator(1), 19);
    assert.deepEqual(
      [...ranks],
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
  });

  test('takes the same passage of another row for no rival', () => {
    const same = { values: new Float32Array(20).fill(1), dimensions: 1 };
    assert.deepEqual(
      [...miniRanks(same, same, new Int32Array(20), new NumpyGenerator(1), 19)],
      Array.from({ length: 20 }, () => 1),
    );
  });

  test('never draws a query’s own positive, nor one passage twice', () => {
    const pairs = 8;
    // Query i is similar to all passages but its own, so that each distinct negative pushes its positive down by one.
    const queries = { values: oneHot(pairs).values.map((value) => 1 - value), dimensions: pairs };
    for (let seed = 0; seed < 50; seed++) {
      const ranks = miniRanks(queries, oneHot(pairs), inOrder(pairs), new NumpyGenerator(seed), 5);
      assert.deepEqual(
        [...ranks],
        Array.from({ length: pairs }, () => 6),
      );
    }
  });

  test('refuses more negatives than there are other pairs', () => {
    const few = oneHot(19);
    assert.throws(() => miniRanks(few, few, inOrder(19), new NumpyGenerator(0), 19), /needs at least 20 pairs, got 19/);
  });
});

describe('miniRetrievalMetrics', () => {
  test('is the share of first ranks, under a name that tells the number of negatives', () => {
    assert.deepEqual(miniRetrievalMetrics(Int32Array.of(1, 4, 1, 2), 19), { 'mini_retrieval/R@1_(1pos+19neg)': 0.5 });
  });
});
