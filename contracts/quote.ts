/**
 * How a message quotes what somebody else has written, such as a file's column names or a value of the input: control
 * characters escaped, and never more of it than a reader needs. A message goes into the history, the UI, logs and
 * webhooks, and Temporal refuses a failure that is too large.
 *
 * Free of zod and of Node, since workflow code imports contracts.
 */

/** Names that a message lists; it counts the others. */
const MOST_NAMES = 12;
/** Characters of one name. */
const LONGEST_NAME = 60;
/** Bytes of a whole message in UTF-8. */
export const LONGEST_MESSAGE = 2_000;

/**
 * Characters that a terminal or a log would obey instead of showing: control characters, line and paragraph separators,
 * changes of direction, byte order marks, and halves of surrogate pairs, which no encoding has.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

/** The text with unprintable characters as escapes: `\t`, `\x1b`, `\u2028`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escaped);
}

/**
 * A whole text as a terminal or a log can show it: line feeds and tabs stay, and every other unprintable character becomes
 * its escape in JSON, so that a document stays the same document.
 */
export function escapeControls(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    if (character === '\n' || character === '\t') return character;
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** One name or value, without quotation marks, cut to `most` characters. */
export function quoteText(text: string, most = LONGEST_NAME): string {
  // Cut first: what is quoted may be megabytes. Twice the length, since two code units can be one character.
  const shown = printable(text.slice(0, 2 * most));
  const characters = Array.from(shown);
  if (characters.length <= most && text.length <= 2 * most) return shown;
  return `${characters.slice(0, most - 1).join('')}…`;
}

/** The first names, separated by commas, and how many more there are; "none" where there is none. */
export function quoteNames(names: readonly string[], quote: (name: string) => string = quoteText): string {
  const listed = names
    .slice(0, MOST_NAMES)
    .map((name) => quote(name))
    .join(', ');
  if (listed === '') return names.length === 0 ? 'none' : listed;
  return names.length > MOST_NAMES ? `${listed} and ${names.length - MOST_NAMES} more` : listed;
}

/**
 * A message of at most `most` bytes in UTF-8 that a terminal can show. Line breaks stay. Of a longer one the beginning
 * stays, which says what is wrong, and some of the end, which often says what to do.
 */
export function boundMessage(text: string, most = LONGEST_MESSAGE): string {
  // No more is read of a message of megabytes than can be part of the answer.
  const whole = text.length <= most;
  const shown = whole ? shownMessage(text) : '';
  if (whole && utf8Bytes(shown) <= most) return shown;
  const mark = ` … (${text.length} characters) … `;
  const room = most - utf8Bytes(mark);
  const tail = lastOf(shownMessage(text.slice(-room)), Math.floor(room / 4));
  return `${firstOf(shownMessage(text.slice(0, room)), room - utf8Bytes(tail))}${mark}${tail}`;
}

/** One line of at most `most` bytes in UTF-8 that a terminal can show; of a longer one the beginning, and an ellipsis. */
export function boundLine(text: string, most: number): string {
  const line = printable(text.slice(0, most).replaceAll(/\s*\n\s*/g, ' '));
  if (text.length <= most && utf8Bytes(line) <= most) return line;
  return `${firstOf(line, most - utf8Bytes('…'))}…`;
}

function shownMessage(text: string): string {
  return text.replace(UNPRINTABLE, (character) => (character === '\n' ? character : escaped(character)));
}

function escaped(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

function firstOf(text: string, bytes: number): string {
  let end = 0;
  let room = bytes;
  for (const character of text) {
    room -= utf8Bytes(character);
    if (room < 0) break;
    end += character.length;
  }
  return text.slice(0, end);
}

function lastOf(text: string, bytes: number): string {
  let start = text.length;
  let room = bytes;
  for (const character of Array.from(text).toReversed()) {
    room -= utf8Bytes(character);
    if (room < 0) break;
    start -= character.length;
  }
  return text.slice(start);
}

/** Length in UTF-8, without Node's Buffer and without TextEncoder, neither of which a workflow has. */
export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
  }
  return bytes;
}
