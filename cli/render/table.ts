/** A table with one rule beneath its head and no other lines, so that it copies well. */
import Table from 'cli-table3';
import type { Colors } from '../context.ts';
import { fitLine, fitLines, shownWidth } from './fit.ts';

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

/** Beneath this, a column of text is too narrow to be read. */
const NARROWEST = 12;

/**
 * @param alignments column by column; columns beyond the last are right-aligned.
 * @param width of the terminal: columns of text are broken between words to fit, and where that is not enough, each row
 *   becomes a paragraph. @default as wide as the cells
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  alignments: readonly Alignment[],
  colors: Colors,
  width = Infinity,
): string[] {
  const fitted = fitColumns([head, ...rows], alignments, width);
  if (fitted === null) return paragraphs(head, rows, colors, width);
  const grid = new Table({
    chars: NO_FRAME,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: head.map((_, column) => alignments[column] ?? 'right'),
  });
  grid.push(...fitted.map((row) => [...row]));
  const [first = '', ...body] = grid.toString().split('\n');
  return [colors.bold(first.trimEnd()), colors.dim('─'.repeat(first.length)), ...body.map((line) => line.trimEnd())];
}

/** The cells, those of the widest text column broken into lines; null where that is not enough. */
function fitColumns(
  rows: readonly (readonly string[])[],
  alignments: readonly Alignment[],
  width: number,
): readonly (readonly string[])[] | null {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => shownWidth(row[column] ?? ''))));
  const excess = widths.reduce((sum, of) => sum + of, 0) + NO_FRAME.middle.length * (widths.length - 1) - width;
  if (excess <= 0) return rows;
  const texts = widths.flatMap((_, column) => (alignments[column] === 'left' ? [column] : []));
  const [widest] = texts.toSorted((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0));
  if (widest === undefined) return null;
  const room = (widths[widest] ?? 0) - excess;
  const cellOf = (row: readonly string[]): string[] => fitLine(row[widest] ?? '', room, 0);
  const fits = rows.every((row) => cellOf(row).every((line) => shownWidth(line) <= room));
  if (room < NARROWEST || !fits) return null;
  return rows.map((row) => row.map((cell, column) => (column === widest ? cellOf(row).join('\n') : cell)));
}

/** A row as its first cells, and beneath them the others with their names. */
function paragraphs(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  colors: Colors,
  width: number,
): string[] {
  const firstText = head.findIndex((name) => name !== '');
  return rows.flatMap((row) => {
    const title = row.slice(0, firstText + 1).filter((cell) => cell !== '');
    const others = head.slice(firstText + 1).flatMap((name, position) => {
      const cell = row[firstText + 1 + position] ?? '';
      return cell === '' ? [] : [`${name === '' ? '' : `${colors.dim(name)} `}${cell}`];
    });
    return [colors.bold(title.join(' ')), ...fitLines([`  ${others.join(', ')}`], width)];
  });
}
