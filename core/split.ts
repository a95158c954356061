/** Train, dev and test parts at random: row for row what Hugging Face `datasets` gives for the same seed. */
import { NumpyGenerator } from './numpy-random/generator.ts';

type RowIndices = Int32Array<ArrayBuffer>;

export interface SplitOptions {
  readonly seed: number;
  /** Share of the rows taken off the training part. */
  readonly holdout: number;
  /** Share of the holdout that becomes the test part; the rest of it is dev. */
  readonly testShare: number;
}

/** Row indices of each part; no row is in two of them, and none is left out. */
export interface Split {
  readonly train: RowIndices;
  readonly dev: RowIndices;
  readonly test: RowIndices;
}

export interface PartSizes {
  readonly train: number;
  readonly dev: number;
  readonly test: number;
}

function shareOf(rowCount: number, share: number): number {
  if (!(share > 0 && share < 1)) throw new RangeError(`a share of the rows must lie between 0 and 1, got ${share}`);
  return Math.ceil(share * rowCount);
}

/**
 * `dataset.train_test_split(test_size=testShare, generator=generator)` of a dataset with `rowCount` rows.
 *
 * The test part is the first ceil(testShare · rowCount) rows of a permutation, the train part the others in its order.
 *
 * @throws RangeError when the train part would be empty, as `datasets` does.
 */
export function trainTestSplit(
  rowCount: number,
  testShare: number,
  generator: NumpyGenerator,
): { train: RowIndices; test: RowIndices } {
  const testCount = shareOf(rowCount, testShare);
  if (testCount >= rowCount) {
    throw new RangeError(`${rowCount} rows with a test share of ${testShare} leave no train part: use more rows`);
  }
  const permutation = generator.permutation(rowCount);
  return { train: permutation.slice(testCount), test: permutation.slice(0, testCount) };
}

/**
 * How many rows each part has.
 *
 * @throws RangeError when one of them would have none.
 */
export function partSizes(rowCount: number, { holdout, testShare }: Omit<SplitOptions, 'seed'>): PartSizes {
  const held = shareOf(rowCount, holdout);
  const test = shareOf(held, testShare);
  const sizes = { train: rowCount - held, dev: held - test, test };
  for (const [part, size] of Object.entries(sizes)) {
    if (size === 0) {
      throw new RangeError(
        `${rowCount} rows with holdout ${holdout} and testShare ${testShare} leave the ${part} part empty: use more rows`,
      );
    }
  }
  return sizes;
}

/**
 * The reference's two calls, each with a generator of its own from the same seed:
 * `first = rows.train_test_split(holdout, seed)`, `second = first['test'].train_test_split(testShare, seed)`;
 * train is `first['train']`, dev is `second['train']`, test is `second['test']`.
 *
 * @throws RangeError when a part would be empty.
 */
export function randomSplit(rowCount: number, options: SplitOptions): Split {
  partSizes(rowCount, options);
  const first = trainTestSplit(rowCount, options.holdout, new NumpyGenerator(options.seed));
  const second = trainTestSplit(first.test.length, options.testShare, new NumpyGenerator(options.seed));
  const rowOf = (position: number): number => first.test[position]!;
  return { train: first.train, dev: second.train.map(rowOf), test: second.test.map(rowOf) };
}
