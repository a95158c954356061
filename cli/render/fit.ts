/** Lines within a terminal's width: broken between words, and nothing is cut. */
import { stripVTControlCharacters } from 'node:util';

/** A label may stand before the lines of a block, as far as here. */
const WIDEST_LABEL = 24;

/** Characters that a terminal shows, beside colours. */
export function shownWidth(text: string): number {
  return stripVTControlCharacters(text).length;
}

/** @param width in characters; a word that is longer, such as an address, stays whole */
export function fitLines(lines: readonly string[], width: number): string[] {
  return lines
    .flatMap((line) => line.split('\n'))
    .flatMap((line) => fitLine(line, width, hangingIndent(stripVTControlCharacters(line))));
}

/** @param hanging spaces before the rows that follow the first */
export function fitLine(line: string, width: number, hanging: number): string[] {
  if (shownWidth(line) <= width) return [line];
  const indent = ' '.repeat(hanging);
  const rows: string[] = [];
  let row = '';
  for (const word of line.match(/\s*\S+/g) ?? []) {
    if (row === '' || shownWidth(row) + shownWidth(word) <= width) row += word;
    else {
      rows.push(row);
      row = indent + word.trimStart();
    }
  }
  return [...rows, row];
}

/** Where the rows that follow begin: behind a label or a mark, else two further in than the first. */
function hangingIndent(line: string): number {
  const [start = ''] = /^ *(?:[✔✖▸·–★☆?-] +)?/u.exec(line) ?? [];
  const [labelled = ''] = /^ *\S+(?: \S+)* {2,}(?=\S)/.exec(line) ?? [];
  if (labelled !== '' && labelled.length <= WIDEST_LABEL) return labelled.length;
  return start.trim() === '' ? start.length + 2 : start.length;
}

/** A shorter line of a help text ends where it ends on purpose. */
const LEAST_PROSE = 60;

/**
 * Help texts are written as paragraphs of long lines, which are put together again and broken anew. Indented lines,
 * such as examples, stay lines.
 */
export function fitHelp(text: string, width: number): string {
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    const before = lines.at(-1) ?? '';
    const isContinued = before.length >= LEAST_PROSE && /^\S.*[^.:]$/.test(before) && /^\S/.test(line);
    if (isContinued) lines[lines.length - 1] = `${before} ${line}`;
    else lines.push(line);
  }
  return lines.flatMap((line) => fitHelpLine(line, width)).join('\n');
}

/** A command continues in the next row the way a shell reads it. */
function fitHelpLine(line: string, width: number): string[] {
  if (/^\S/.test(line)) return fitLine(line, width, 0);
  if (shownWidth(line) <= width || !/^ +\$ \S+(?: \S+)*$/.test(line)) return fitLines([line], width);
  const rows = fitLine(line, width - 2, 6);
  return rows.map((row, position) => (position < rows.length - 1 ? `${row} \\` : row));
}
