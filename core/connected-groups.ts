/** Rows that share a value in any column, directly or through other rows: connected components by union-find. */

/** The representative of `row`, halving the path on the way. */
function findRoot(parent: Int32Array, row: number): number {
  let node = row;
  while (parent[node] !== node) {
    parent[node] = parent[parent[node]!]!;
    node = parent[node]!;
  }
  return node;
}

/**
 * Numbers the connected groups of rows in first-seen order.
 *
 * @param columns Equally long columns [columns][rows]. Equal values of one column connect their rows; values of
 *   different columns are never compared, and an empty one connects nothing.
 * @returns Group number of each row [rows].
 * @throws RangeError when the columns differ in length, or there is none.
 */
export function connectedGroups(columns: readonly (readonly string[])[]): Int32Array<ArrayBuffer> {
  const rowCount = columns[0]?.length;
  if (rowCount === undefined) throw new RangeError('grouping needs at least one column');
  const parent = Int32Array.from({ length: rowCount }, (_, row) => row);
  for (const [index, column] of columns.entries()) {
    if (column.length !== rowCount) {
      throw new RangeError(`column ${index} has ${column.length} rows, column 0 has ${rowCount}: they must be equal`);
    }
    connectEqualValues(parent, column);
  }
  return numberRoots(parent);
}

function connectEqualValues(parent: Int32Array, column: readonly string[]): void {
  const firstRowWith = new Map<string, number>();
  for (const [row, value] of column.entries()) {
    if (value === '') continue;
    const first = firstRowWith.get(value);
    if (first === undefined) firstRowWith.set(value, row);
    else parent[findRoot(parent, row)] = findRoot(parent, first);
  }
}

function numberRoots(parent: Int32Array): Int32Array<ArrayBuffer> {
  const numberOf = new Map<number, number>();
  const groups = new Int32Array(parent.length);
  for (let row = 0; row < parent.length; row++) {
    const root = findRoot(parent, row);
    const number = numberOf.get(root) ?? numberOf.size;
    numberOf.set(root, number);
    groups[row] = number;
  }
  return groups;
}
