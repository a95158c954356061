/** Train, dev and test parts such that no group of rows is in two of them. */
import { NumpyGenerator } from './numpy-random/generator.ts';
import { partSizes, type Split, type SplitOptions } from './split.ts';

/** The rows of each group, ascending [groups][rows of the group]. */
function rowsByGroup(groups: Int32Array): number[][] {
  const rows: number[][] = [];
  for (const [row, group] of groups.entries()) (rows[group] ??= []).push(row);
  return rows;
}

/** Takes groups in order as long as each still fits, and returns their rows and the groups that are left. */
function takeRows(groups: readonly number[][], rowLimit: number): { rows: number[]; left: number[][] } {
  const rows: number[] = [];
  const left: number[][] = [];
  for (const group of groups) {
    if (rows.length + group.length > rowLimit) left.push(group);
    else for (const row of group) rows.push(row);
  }
  return { rows, left };
}

/**
 * Splits whole groups, aiming at the sizes of {@link partSizes}.
 *
 * The groups are permuted by `default_rng(seed)`; in that order test takes every group that still fits its size, then
 * dev does from what is left, and train has the rest. So a part falls short of its size only by less than the smallest
 * group that went to a later part, and a group larger than the test part can only be in dev or train.
 *
 * @param groups Group number of each row [rows], 0 … groups - 1, none without a row; see `connectedGroups`.
 * @throws RangeError when a part would be empty, as happens where a few groups hold most rows.
 */
export function groupedSplit(groups: Int32Array, options: SplitOptions): Split {
  const sizes = partSizes(groups.length, options);
  const grouped = rowsByGroup(groups);
  const order = new NumpyGenerator(options.seed).permutation(grouped.length);
  const permuted = Array.from(order, (group) => grouped[group]!);
  const test = takeRows(permuted, sizes.test);
  const dev = takeRows(test.left, sizes.dev);
  const split = {
    train: Int32Array.from(dev.left.flat()),
    dev: Int32Array.from(dev.rows),
    test: Int32Array.from(test.rows),
  };
  for (const [part, rows] of Object.entries(split)) {
    if (rows.length === 0) {
      const largest = grouped.reduce((most, group) => Math.max(most, group.length), 0);
      throw new RangeError(
        `the ${part} part stays empty: ${groups.length} rows fall into ${grouped.length} groups, the largest of ` +
          `${largest} rows; use more rows, or split.strategy random`,
      );
    }
  }
  return split;
}
