/** core/bm25, core/top-k and core/tokenize-words; scores against bm25s. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Bm25Index } from '../../core/bm25.ts';
import { NumpyGenerator } from '../../core/numpy-random/generator.ts';
import { tokenizeWords } from '../../core/tokenize-words.ts';
import { topK } from '../../core/top-k.ts';
import { assertClose } from '../vectors/assert-close.ts';
import { readVectors } from '../vectors/read-vectors.ts';

interface Vectors {
  readonly corpus: readonly (readonly string[])[];
  readonly queries: readonly (readonly string[])[];
  readonly cases: readonly {
    readonly k1: number;
    readonly b: number;
    readonly scores: readonly (readonly number[])[];
  }[];
}

const { corpus, queries, cases } = readVectors('bm25') as Vectors;

describe('Bm25Index', () => {
  for (const { k1, b, scores } of cases) {
    test(`scores every passage as bm25s "lucene" does, k1 ${k1}, b ${b}`, () => {
      const index = new Bm25Index(corpus, { k1, b });
      for (const [q, query] of queries.entries()) {
        const actual = index.score(query);
        scores[q]!.forEach((expected, passage) => assertClose(actual[passage]!, expected, 1e-5, `query ${q}`));
      }
    });
  }

  test('has the defaults of bm25s, k1 1.5 and b 0.75', () => {
    assert.deepEqual(
      new Bm25Index(corpus).score(queries[0]!),
      new Bm25Index(corpus, { k1: 1.5, b: 0.75 }).score(queries[0]!),
    );
  });

  test('puts equal passages in index order, and -1 where no more passages share a word with the query', () => {
    const index = new Bm25Index([['b'], ['a', 'b'], [], ['a', 'b']]);
    assert.deepEqual([...index.search(['a'], 4)], [1, 3, -1, -1]);
    assert.deepEqual([...index.search(['unknown'], 2)], [-1, -1]);
  });

  test('finds nothing in an empty corpus', () => {
    assert.deepEqual([...new Bm25Index([]).search(['a'], 2)], [-1, -1]);
  });

  test('takes words that are names of object members for what they are', () => {
    const index = new Bm25Index([['constructor'], ['__proto__', 'x']]);
    assert.deepEqual([...index.search(['__proto__'], 2)], [1, -1]);
  });
});

describe('topK', () => {
  test('equals a stable sort of the positive scores, ties and all', () => {
    for (let seed = 0; seed < 200; seed++) {
      const rng = new NumpyGenerator(seed);
      const scores = Float64Array.from(rng.integers(0, 6, 1 + (seed % 25)));
      const k = 1 + (seed % 9);
      const sorted = [...scores.keys()].filter((i) => scores[i]! > 0).sort((i, j) => scores[j]! - scores[i]! || i - j);
      const expected = Array.from({ length: k }, (_, rank) => sorted[rank] ?? -1);
      assert.deepEqual([...topK(scores, k)], expected);
    }
  });

  test('refuses a k that is not a positive integer', () => {
    assert.throws(() => topK(new Float64Array(3), 0), /k must be a positive integer, got 0/);
  });
});

describe('tokenizeWords', () => {
  test('keeps accents, splits at apostrophes and hyphens, and keeps one-letter words and digits', () => {
    assert.deepEqual(tokenizeWords("L'Été, art. L. 1234-5 (œuvre)"), ['l', 'été', 'art', 'l', '1234', '5', 'œuvre']);
  });

  test('gives composed and decomposed accents the same word', () => {
    assert.deepEqual(tokenizeWords('e\u0301te\u0301'), ['\u00e9t\u00e9']);
  });

  test('gives no words for text without any', () => {
    assert.deepEqual(tokenizeWords(' … — ! '), []);
  });
});
