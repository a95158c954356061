/** core/connected-groups and core/grouped-split: what stays together, and how near the sizes come. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connectedGroups } from '../../core/connected-groups.ts';
import { groupedSplit } from '../../core/grouped-split.ts';
import { NumpyGenerator } from '../../core/numpy-random/generator.ts';
import { partSizes } from '../../core/split.ts';

const SHARES = { holdout: 0.3, testShare: 0.5 };

/** `rows` passages and articles, drawn from so few that many repeat. */
function repetitiveColumns(rows: number, seed: number): { passages: string[]; articles: string[] } {
  const rng = new NumpyGenerator(seed);
  return {
    passages: Array.from(rng.integers(0, rows * 2, rows), (n) => `passage ${n}`),
    articles: Array.from(rng.integers(0, rows * 3, rows), (n) => `article ${n}`),
  };
}

describe('connectedGroups', () => {
  test('connects rows through either column, and through other rows', () => {
    const passages = ['p', 'q', 'p', 'r', 's'];
    const articles = ['a', 'b', 'c', 'c', 'd'];
    assert.deepEqual([...connectedGroups([passages, articles])], [0, 1, 0, 0, 2]);
  });

  test('keeps the values of different columns apart, and connects nothing by an empty value', () => {
    assert.deepEqual(
      [
        ...connectedGroups([
          ['x', 'y'],
          ['y', 'x'],
        ]),
      ],
      [0, 1],
    );
    assert.deepEqual(
      [
        ...connectedGroups([
          ['x', 'y'],
          ['', ''],
        ]),
      ],
      [0, 1],
    );
  });

  test('gives two rows one group exactly when a chain of shared values joins them', () => {
    for (let seed = 0; seed < 20; seed++) {
      const { passages, articles } = repetitiveColumns(60, seed);
      const groups = connectedGroups([passages, articles]);
      for (let row = 0; row < groups.length; row++) {
        const reached = new Set([row]);
        // A set's iteration also visits what is added during it: a breadth-first search.
        for (const at of reached) {
          passages.forEach((passage, other) => {
            if (passage === passages[at] || articles[other] === articles[at]) reached.add(other);
          });
        }
        const together = [...groups.keys()].filter((other) => groups[other] === groups[row]);
        assert.deepEqual(
          together,
          [...reached].sort((a, b) => a - b),
        );
      }
    }
  });

  test('refuses columns of different length', () => {
    assert.throws(() => connectedGroups([['a'], ['a', 'b']]), /column 1 has 2 rows, column 0 has 1/);
    assert.throws(() => connectedGroups([]), /at least one column/);
  });
});

describe('groupedSplit', () => {
  test('puts every row into one part, and no passage or article into two', () => {
    for (let seed = 0; seed < 40; seed++) {
      const { passages, articles } = repetitiveColumns(100 + seed, seed);
      const groups = connectedGroups([passages, articles]);
      const { train, dev, test: testPart } = groupedSplit(groups, { seed, ...SHARES });
      const parts = [train, dev, testPart];
      assert.deepEqual(
        parts.flatMap((part) => [...part]).sort((a, b) => a - b),
        [...groups.keys()],
      );
      for (const column of [passages, articles]) {
        const perPart = parts.map((part) => new Set(Array.from(part, (row) => column[row])));
        const distinct = new Set(column).size;
        assert.equal(
          perPart.reduce((sum, values) => sum + values.size, 0),
          distinct,
        );
      }
    }
  });

  test('falls short of a size only by less than the smallest group of a later part', () => {
    for (let seed = 0; seed < 40; seed++) {
      const articles = Array.from(new NumpyGenerator(seed).integers(0, 30, 200), String);
      const numbered = connectedGroups([articles]);
      const { train, dev, test: testPart } = groupedSplit(numbered, { seed, ...SHARES });
      const sizes = partSizes(200, SHARES);
      const smallestIn = (...parts: Int32Array[]): number => {
        const counts = new Map<number, number>();
        for (const row of parts.flatMap((part) => [...part])) {
          counts.set(numbered[row]!, (counts.get(numbered[row]!) ?? 0) + 1);
        }
        return Math.min(...counts.values());
      };
      assert.ok(testPart.length <= sizes.test && sizes.test - testPart.length < smallestIn(train, dev));
      assert.ok(dev.length <= sizes.dev && sizes.dev - dev.length < smallestIn(train));
    }
  });

  test('reaches the sizes of the random split exactly where no rows are connected', () => {
    const groups = Int32Array.from({ length: 53 }, (_, i) => i);
    const { train, dev, test: testPart } = groupedSplit(groups, { seed: 42, ...SHARES });
    assert.deepEqual({ train: train.length, dev: dev.length, test: testPart.length }, partSizes(53, SHARES));
  });

  test('gives the same parts for the same seed, and others for another', () => {
    const groups = connectedGroups([repetitiveColumns(80, 1).passages]);
    const parts = (seed: number): string => JSON.stringify(groupedSplit(groups, { seed, ...SHARES }));
    assert.equal(parts(1), parts(1));
    assert.notEqual(parts(1), parts(2));
  });

  test('refuses rows of which one group is too large to leave enough for each part', () => {
    const groups = new Int32Array(100).fill(0);
    assert.throws(
      () => groupedSplit(groups, { seed: 42, ...SHARES }),
      /100 rows fall into 1 groups, the largest of 100/,
    );
  });
});
