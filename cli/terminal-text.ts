/**
 * The border between text and the terminal. What files, servers and people have written is shown, and never obeyed: of all
 * control characters that reach the border only line feeds, tabs and the colours of this command pass.
 */
import { randomInt } from 'node:crypto';
import { createColors } from 'picocolors';
import { escapeControls } from '../contracts/quote.ts';

export type Colors = ReturnType<typeof createColors>;

/**
 * Parameters in our colours' sequences that text from outside can't have guessed; first, so that tables take no notice. Node
 * and tables know parameters of up to four digits, and measure text by them.
 */
const KEY = [1, 2, 3].map(() => randomInt(1_000, 10_000)).join(';');
const OURS = new RegExp(`\\u001b\\[${KEY};(\\d+)m`);

/** Colours that pass {@link terminalText}. Other colours, such as those of a file's column names, are escaped there. */
export function ownColors(enabled: boolean): Colors {
  const colors = createColors(enabled);
  const marked = Object.entries<unknown>({ ...colors }).map(([name, paint]): [string, unknown] => [
    name,
    typeof paint === 'function' ? mark(paint as Paint) : paint,
  ]);
  return Object.fromEntries(marked) as unknown as Colors;
}

type Paint = (text: string) => string;

function mark(paint: Paint): Paint {
  const [before = '', after = ''] = paint('|')
    .split('|')
    .map((code) => code.replace('[', `[${KEY};`));
  return (text) => `${before}${text}${after}`;
}

/** Text as it is written to a terminal, a pipe or a file. JSON in it stays the same JSON. */
export function terminalText(text: string): string {
  return text
    .split(OURS)
    .map((part, position) => (position % 2 === 1 ? `\u001b[${part}m` : escapeControls(part)))
    .join('');
}
