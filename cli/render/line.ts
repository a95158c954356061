/** Coloured text that knows its width: colours are put on after a line has been cut to the terminal. */
import { printable } from '../../contracts/quote.ts';
import type { Colors } from '../context.ts';
import { fitLine } from './fit.ts';

export type Colour = 'dim' | 'bold' | 'red' | 'green' | 'yellow' | 'cyan' | 'plain';

export interface Span {
  readonly text: string;
  readonly colour: Colour;
}

/** A piece of text, free of control characters: what comes from outside must not move the cursor. */
export function span(text: string, colour: Colour = 'plain'): Span {
  return { text: oneLine(text), colour };
}

/** Shows control characters as escapes, and breaks between lines as spaces, so that the text's length is its width. */
export function oneLine(text: string): string {
  return printable(text.replaceAll(/[\t\n\r]+/g, ' '));
}

/** Breaks text at spaces into rows of at most `width` characters; what does not fit into `rows` is left to {@link paint} to cut. */
export function wrap(text: string, width: number, rows: number): string[] {
  const wrapped: string[] = [];
  let rest = oneLine(text);
  while (rest.length > width && rest.includes(' ') && wrapped.length < rows - 1) {
    const space = rest.lastIndexOf(' ', width);
    // A word that is longer than a row, such as an address, is not broken.
    const end = space > 0 ? space : (rest.match(/^\S+/)?.[0].length ?? width);
    wrapped.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...wrapped, rest];
}

/** Spans in rows of at most `width` characters, each row after the first further in; a span that is too long is wrapped. */
export function flow(spans: readonly Span[], width: number, indent = 4): Span[][] {
  const rows: Span[][] = [[]];
  for (const one of spans) {
    const row = rows.at(-1) ?? [];
    if (widthOf(row) + one.text.trimEnd().length <= width) {
      row.push(one);
      continue;
    }
    for (const piece of fitLine(one.text.trim(), width - indent, 0))
      rows.push([span(' '.repeat(indent)), span(piece, one.colour)]);
  }
  return rows.filter((row) => row.length > 0);
}

/** Width in characters before colours. */
export function widthOf(spans: readonly Span[]): number {
  return spans.reduce((width, { text }) => width + text.length, 0);
}

/** The spans as one string of at most `width` characters beside colours; what is cut ends in an ellipsis. */
export function paint(spans: readonly Span[], width: number, colors: Colors): string {
  const text = spans
    .map((one) => one.text)
    .join('')
    .trimEnd();
  const fits = text.length <= width;
  let room = fits ? text.length : Math.max(0, width - 1);
  let line = '';
  for (const { text: whole, colour } of spans) {
    const shown = whole.slice(0, room);
    room -= shown.length;
    if (shown !== '') line += colour === 'plain' ? shown : colors[colour](shown);
  }
  return fits ? line : `${line}…`;
}
