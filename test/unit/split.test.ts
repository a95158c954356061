/** core/split against Hugging Face datasets, row for row. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NumpyGenerator } from '../../core/numpy-random/generator.ts';
import { randomSplit, trainTestSplit } from '../../core/split.ts';
import { digest } from '../vectors/digest.ts';
import { readVectors } from '../vectors/read-vectors.ts';

type Case = [
  rows: number,
  holdout: number,
  testShare: number,
  seed: number,
  trainRows: number,
  devRows: number,
  testRows: number,
  train: string,
  dev: string,
  test: string,
];

interface Vectors {
  readonly small: {
    readonly rows: number;
    readonly train: readonly number[];
    readonly dev: readonly number[];
    readonly test: readonly number[];
  };
  readonly cases: readonly Case[];
}

const vectors = readVectors('split') as Vectors;

describe('randomSplit', () => {
  test('gives the rows that datasets gives, in its order', () => {
    const { rows, ...parts } = vectors.small;
    const split = randomSplit(rows, { seed: 42, holdout: 0.3, testShare: 0.5 });
    assert.deepEqual({ train: [...split.train], dev: [...split.dev], test: [...split.test] }, parts);
  });

  test(`agrees with datasets for ${vectors.cases.length} combinations of size, shares and seed`, () => {
    for (const [rows, holdout, testShare, seed, ...expected] of vectors.cases) {
      const { train, dev, test: testPart } = randomSplit(rows, { seed, holdout, testShare });
      const parts = [train, dev, testPart];
      const actual = [...parts.map((part) => part.length), ...parts.map(digest)];
      assert.deepEqual(actual, expected, `${rows} rows, holdout ${holdout}, testShare ${testShare}, seed ${seed}`);
    }
  });

  test('puts every row into exactly one part', () => {
    for (let rows = 4; rows < 500; rows += 7) {
      const { train, dev, test: testPart } = randomSplit(rows, { seed: rows, holdout: 0.3, testShare: 0.5 });
      const all = [...train, ...dev, ...testPart].sort((a, b) => a - b);
      assert.deepEqual(
        all,
        Array.from({ length: rows }, (_, i) => i),
      );
    }
  });

  test('refuses rows too few to fill each part, and names the empty one', () => {
    assert.throws(() => randomSplit(3, { seed: 42, holdout: 0.3, testShare: 0.5 }), /leave the dev part empty/);
    assert.throws(() => randomSplit(1, { seed: 42, holdout: 0.3, testShare: 0.5 }), /leave the train part empty/);
  });

  test('refuses shares outside the open interval from 0 to 1', () => {
    for (const share of [0, 1, -0.1, Number.NaN]) {
      assert.throws(() => trainTestSplit(10, share, new NumpyGenerator(0)), /must lie between 0 and 1/);
    }
  });
});
