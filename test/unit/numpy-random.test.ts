/** core/numpy-random against numpy itself, bit for bit. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NumpyGenerator } from '../../core/numpy-random/generator.ts';
import { generateState } from '../../core/numpy-random/seed-sequence.ts';
import { digest } from '../vectors/digest.ts';
import { readVectors } from '../vectors/read-vectors.ts';

interface Vectors {
  readonly streams: readonly {
    readonly seed: string;
    readonly state: readonly number[];
    readonly raw: readonly string[];
    readonly program: readonly (readonly number[])[];
    readonly shuffled: readonly number[];
    readonly after: string;
  }[];
  readonly permutations: readonly { readonly count: number; readonly digest: string }[];
  readonly integers: readonly {
    readonly low: number;
    readonly high: number;
    readonly size: number;
    readonly digest: string;
  }[];
  readonly choices: readonly { readonly population: number; readonly size: number; readonly digest: string }[];
}

const vectors = readVectors('numpy-random') as Vectors;

describe('NumpyGenerator', () => {
  for (const { seed, state, raw, program, shuffled, after } of vectors.streams) {
    test(`follows numpy's stream from seed ${seed} through a program of mixed calls`, () => {
      assert.deepEqual([...generateState(BigInt(seed), 8)], state);
      const fresh = new NumpyGenerator(BigInt(seed));
      assert.deepEqual(
        raw.map(() => fresh.randomRaw().toString()),
        raw,
      );

      const rng = new NumpyGenerator(BigInt(seed));
      const scalars = (...intervals: readonly (readonly [number, number])[]) =>
        intervals.map(([low, high]) => rng.integer(low, high));
      const results = [
        rng.integers(0, 100, 7),
        rng.random(2),
        rng.permutation(9),
        rng.integers(0, 1, 3),
        rng.choice(1_000, 5),
        rng.integers(-(2 ** 31), 2 ** 31, 3),
        rng.choice(6, 6),
        rng.integers(-5, 2 ** 31, 3),
        scalars([0, 898], [0, 898], [0, 898], [0, 898], [0, 898]),
        rng.integers(0, 898, 2),
        scalars([0, 1], [-3, 3], [0, 2 ** 31], [-(2 ** 31), 2 ** 31]),
        rng.random(1),
        scalars([0, 3], [0, 3], [0, 3], [0, 3]),
      ].map((values) => [...values]);
      assert.deepEqual(results, program);
      const list = Array.from({ length: 12 }, (_, i) => i);
      rng.shuffle(list);
      assert.deepEqual(list, shuffled);
      assert.equal(rng.randomRaw().toString(), after, 'the generators have drawn the same number of times');
    });
  }

  test('takes a number and the equal bigint for the same seed', () => {
    assert.equal(new NumpyGenerator(2 ** 52 + 1).randomRaw(), new NumpyGenerator(2n ** 52n + 1n).randomRaw());
  });

  test('permutes as numpy does, at and around powers of two and for 53,000 rows', () => {
    for (const { count, digest: expected } of vectors.permutations) {
      assert.equal(digest(new NumpyGenerator(42).permutation(count)), expected, `permutation(${count})`);
    }
  });

  test('draws integers as numpy does where Lemire rejects half of the draws or none', () => {
    for (const { low, high, size, digest: expected } of vectors.integers) {
      assert.equal(digest(new NumpyGenerator(7).integers(low, high, size)), expected, `integers(${low}, ${high})`);
    }
  });

  test('chooses without replacement by the algorithm that numpy takes at that size', () => {
    for (const { population, size, digest: expected } of vectors.choices) {
      assert.equal(digest(new NumpyGenerator(11).choice(population, size)), expected, `choice(${population}, ${size})`);
    }
  });

  test('refuses seeds, intervals and sizes that numpy refuses or that it could not hold', () => {
    assert.throws(() => new NumpyGenerator(-1), /seed -1 is negative/);
    assert.throws(() => new NumpyGenerator(0.5), /seed 0\.5 is not an integer/);
    assert.throws(() => new NumpyGenerator(2 ** 53), /pass larger seeds as a bigint/);
    const rng = new NumpyGenerator(0);
    assert.throws(() => rng.integers(3, 3, 1), /low must be below high/);
    assert.throws(() => rng.integer(3, 3), /low must be below high/);
    assert.throws(() => rng.integers(0, 2 ** 31 + 1, 1), /from -2\^31 to 2\^31/);
    assert.throws(() => rng.choice(4, 5), /can't choose 5 distinct values out of 4/);
    assert.throws(() => rng.permutation(1.5), /count must be an integer/);
  });
});
