/** A table with one rule beneath its head and no other lines, so that it copies well. */
import Table from 'cli-table3';
import type { Colors } from '../context.ts';

type Alignment = 'left' | 'right';

const NO_FRAME = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** @param alignments column by column; columns beyond the last are right-aligned. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  alignments: readonly Alignment[],
  colors: Colors,
): string[] {
  const grid = new Table({
    chars: NO_FRAME,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: head.map((_, column) => alignments[column] ?? 'right'),
  });
  grid.push([...head], ...rows.map((row) => [...row]));
  const [first = '', ...body] = grid.toString().split('\n');
  return [colors.bold(first.trimEnd()), colors.dim('─'.repeat(first.length)), ...body.map((line) => line.trimEnd())];
}
