/** Redraws a block of lines in place at the bottom of a terminal. */
import type { Writable } from 'node:stream';
import { terminalText } from '../terminal-text.ts';
import { shownWidth } from './fit.ts';

const ESC = '\u001b[';
/** Terminals that know it show the whole frame at once; the others ignore it. */
const BEGIN_FRAME = `${ESC}?2026h`;
const END_FRAME = `${ESC}?2026l`;

export class LiveScreen {
  readonly #out: Writable;
  #drawn: readonly string[] = [];

  constructor(out: Writable) {
    this.#out = out;
  }

  /**
   * Puts `lines` in the place of the last ones.
   *
   * @param columns the terminal's width now: lines that a narrower window has wrapped take several rows
   * @param above lines that stay in the scrollback, above the block
   */
  draw(lines: readonly string[], columns: number, above: readonly string[] = []): void {
    const rows = this.#drawn.reduce((sum, line) => sum + rowsOf(line, columns), 0);
    const back = rows > 0 ? `${ESC}${rows}A\r` : '';
    const body = [...above, ...lines].map((line) => `${ESC}2K${terminalText(line)}\n`).join('');
    this.#out.write(`${BEGIN_FRAME}${back}${body}${ESC}J${END_FRAME}`);
    this.#drawn = lines;
  }
}

function rowsOf(line: string, columns: number): number {
  return Math.max(1, Math.ceil(shownWidth(line) / Math.max(1, columns)));
}
