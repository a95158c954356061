/** core/hard-negatives: beside sentence-transformers' mining, and where ours says more than it does. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dot, rowCount } from '../../core/embeddings.ts';
import {
  answersOf,
  mineRow,
  undecidedRun,
  suspicionThreshold,
  type MinedRow,
  type MiningOptions,
} from '../../core/hard-negatives.ts';
import { PassageRanking } from '../../core/passage-ranking.ts';
import { hardNegativeCases, randomDraws, type HardNegativeCase } from '../vectors/hard-negative-cases.ts';

const OPTIONS: MiningOptions = { numNegatives: 1, rangeMin: 0, rangeMax: 6, relativeMargin: 0.05, sampling: 'top' };
const STREAM = { seed: 42, row: 0 };

/** Passages 0, 1, 2 … with these cosines. */
function ranking(cosines: readonly number[], complete = true): PassageRanking {
  return new PassageRanking(Int32Array.from(cosines.keys()), Float64Array.from(cosines), complete);
}

function mined(found: MinedRow | null): MinedRow {
  assert.ok(found);
  return found;
}

/** What a whole part gives, each query compared with every passage. */
function mineCase({ queries, passages, queryOfRow, positiveOfRow, options }: HardNegativeCase): MinedRow[] {
  const answers = answersOf(queryOfRow.map(String), Int32Array.from(positiveOfRow));
  return queryOfRow.map((query, row) => {
    const cosines = Array.from({ length: rowCount(passages) }, (_, passage) => dot(queries, query, passages, passage));
    const order = Int32Array.from(cosines.keys()).sort((a, b) => cosines[b]! - cosines[a]!);
    const sorted = Float32Array.from(order, (passage) => cosines[passage]!);
    const ranked = PassageRanking.without(answers[row]!, order, sorted, order.length);
    const threshold = suspicionThreshold(cosines[positiveOfRow[row]!]!, options.relativeMargin);
    return mined(mineRow(ranked, threshold, { ...options, sampling: 'top' }, { seed: 0, row }));
  });
}

describe('beside sentence-transformers', () => {
  for (const [number, peer] of hardNegativeCases().entries())
    test(`case ${number + 1}: takes the same passages for every row for which the peer finds enough`, () => {
      let compared = 0;
      for (const [row, { negatives, filledUp }] of mineCase(peer).entries()) {
        const theirs = peer.negatives[row];
        if (theirs?.length !== peer.options.numNegatives || filledUp) continue;
        assert.deepEqual(negatives, theirs, `row ${row}`);
        compared++;
      }
      assert.ok(compared >= 50, `${compared} rows are compared`);
    });

  test('among those rows are some whose positive has a negative cosine', () => {
    const below = hardNegativeCases().flatMap(({ queries, passages, queryOfRow, positiveOfRow, negatives, options }) =>
      queryOfRow.filter(
        (query, row) =>
          negatives[row]?.length === options.numNegatives && dot(queries, query, passages, positiveOfRow[row]!) < 0,
      ),
    );
    assert.ok(below.length > 0);
  });

  test('a row draws what numpy draws from default_rng([seed, row])', () => {
    const options: MiningOptions = { ...OPTIONS, numNegatives: 5, rangeMax: 40, sampling: 'random' };
    const uniform = ranking(Array.from({ length: 40 }, (_, rank) => -rank));
    for (const { seed, row, places } of randomDraws()) {
      const { negatives } = mined(mineRow(uniform, 1, options, { seed, row }));
      assert.deepEqual(
        negatives,
        places.toSorted((a, b) => a - b),
      );
    }
  });
});

describe('mineRow', () => {
  test('counts ranks before it takes out suspects, and skips both', () => {
    const cosines = [0.99, 0.97, 0.96, 0.9, 0.8, 0.7];
    const found = mineRow(ranking(cosines), 0.95, { ...OPTIONS, rangeMin: 2, rangeMax: 5 }, STREAM);
    assert.deepEqual(found, { negatives: [3], candidates: 3, suspects: 1, filledUp: false });
  });

  test('takes a passage at the threshold, and none above it', () => {
    const { negatives, suspects } = mined(mineRow(ranking([0.951, 0.95, 0.9]), 0.95, OPTIONS, STREAM));
    assert.deepEqual(negatives, [1]);
    assert.equal(suspects, 1);
  });

  test('fills up from the ranks right below the range', () => {
    const cosines = [0.99, 0.98, 0.97, 0.9, 0.8, 0.7];
    const options: MiningOptions = { ...OPTIONS, numNegatives: 2, rangeMin: 1, rangeMax: 4 };
    for (const sampling of ['top', 'random'] as const) {
      const found = mineRow(ranking(cosines), 0.95, { ...options, sampling }, STREAM);
      assert.deepEqual(found, { negatives: [3, 4], candidates: 3, suspects: 2, filledUp: true });
    }
  });

  test('takes the least similar passages where nearly all are above the threshold', () => {
    const found = mineRow(ranking([0.9, 0.8, 0.7, 0.6]), 0.65, { ...OPTIONS, numNegatives: 2, rangeMax: 3 }, STREAM);
    assert.deepEqual(found, { negatives: [2, 3], candidates: 3, suspects: 3, filledUp: true });
  });

  test('asks for a deeper search until the range and what it takes are known', () => {
    const cosines = [0.99, 0.98, 0.97, 0.9, 0.8, 0.7];
    const options: MiningOptions = { ...OPTIONS, numNegatives: 2, rangeMax: 3 };
    assert.equal(mineRow(ranking(cosines.slice(0, 4), false), 0.95, options, STREAM), null);
    assert.equal(mineRow(ranking(cosines.slice(0, 2), false), 1, options, STREAM), null);
    const { negatives } = mined(mineRow(ranking(cosines.slice(0, 5), false), 0.95, options, STREAM));
    assert.deepEqual(negatives, [3, 4]);
  });

  test('draws at random within the range, none twice, the same for the same seed and row', () => {
    const options: MiningOptions = { ...OPTIONS, numNegatives: 3, rangeMin: 1, rangeMax: 8, sampling: 'random' };
    const uniform = ranking(Array.from({ length: 12 }, (_, rank) => 0.96 - rank / 100));
    const drawn = new Set<number>();
    for (let row = 0; row < 100; row++) {
      const { negatives } = mined(mineRow(uniform, 0.95, options, { seed: 7, row }));
      assert.equal(new Set(negatives).size, 3);
      assert.deepEqual(mineRow(uniform, 0.95, options, { seed: 7, row })?.negatives, negatives);
      for (const passage of negatives) drawn.add(passage);
    }
    assert.deepEqual(
      [...drawn].toSorted((a, b) => a - b),
      [1, 2, 3, 4, 5, 6, 7],
    );
  });

  test('refuses a corpus that has too few passages', () => {
    assert.throws(() => mineRow(ranking([0.5]), 0.95, { ...OPTIONS, rangeMin: 1 }, STREAM), /1 passages are too few/);
  });
});

describe('undecidedRun', () => {
  test('is a tie of the range, of what is taken below it, or with the threshold, until it is settled', () => {
    const ranked = ranking([0.9, 0.9, 0.8, 0.7, 0.7, 0.6, 0.5, 0.5, 0.4, 0.4]);
    const options: MiningOptions = { ...OPTIONS, numNegatives: 2, rangeMax: 2 };
    const threshold = 0.6 + 1e-6;
    const runs: number[][] = [];
    for (;;) {
      const run = undecidedRun(ranked, threshold, options);
      if (!run) break;
      runs.push([run.start, run.end]);
      ranked.settle(run.start, [...ranked.cosines.subarray(run.start, run.end)]);
    }
    assert.deepEqual(runs, [
      [0, 2],
      [6, 8],
      [5, 6],
    ]);
  });
});

describe('suspicionThreshold', () => {
  test('lies below the positive by a share of its magnitude, whatever its sign', () => {
    assert.equal(suspicionThreshold(0.8, 0.25), 0.8 - 0.2);
    assert.equal(suspicionThreshold(-0.8, 0.25), -0.8 - 0.2);
    assert.equal(suspicionThreshold(0, 0.25), 0);
  });
});

describe('answersOf', () => {
  test('gives rows that ask the same in other white space all their positives', () => {
    const answers = answersOf(['Quel délai ?', 'Quel tribunal ?', ' Quel  délai ?\n'], Int32Array.of(4, 2, 9));
    assert.deepEqual(
      answers.map((passages) => [...passages]),
      [[4, 9], [2], [4, 9]],
    );
  });
});
