/** Reads JSON Lines, one object a line with blank lines skipped, and a file that is one JSON array of objects. */
import { requireColumns, type RawRow, repeatedColumn, type RowSource } from './row-source.ts';
import { jsonElements } from './json-elements.ts';
import { RowsError } from './rows-error.ts';
import { prepended, utf8Text } from './utf8-text.ts';

/** UTF-16 code units. A longer line is a file without line breaks, and would fill the memory. */
const LONGEST_LINE = 16 << 20;

const FIX = "JSON Lines has one complete object a line; jq -c '.[]' makes it of a JSON array";

interface JsonText {
  readonly text: string;
  readonly where: string;
}

/** The first object must have all columns; in a later one an absent key is an empty value. */
export async function* readJsonLines(source: RowSource): AsyncGenerator<RawRow> {
  let first = true;
  for await (const { text, where } of objects(source)) {
    const place = `${source.name}, ${where}`;
    const values = parseObject(text, place);
    if (first) requireColumns(source, Object.keys(values));
    if (source.checked) refuseRepeatedKeys(source, text, values, place);
    first = false;
    yield { values, where };
  }
}

/** An array begins with a bracket, and no line of JSON Lines does. */
async function* objects(source: RowSource): AsyncGenerator<JsonText> {
  const pieces = utf8Text(source);
  let start = '';
  for await (const piece of { [Symbol.asyncIterator]: () => ({ next: () => pieces.next() }) }) {
    start += piece;
    if (start.trimStart() !== '') break;
  }
  const whole = prepended(start, pieces);
  if (source.checked && start.trimStart().startsWith('[')) yield* elements(source, whole);
  else yield* lines(source, whole);
}

async function* elements(source: RowSource, pieces: AsyncIterable<string>): AsyncGenerator<JsonText> {
  let number = 0;
  for await (const text of jsonElements(pieces, { name: source.name, longest: LONGEST_LINE }))
    yield { text, where: `row ${(number += 1)}` };
}

async function* lines({ name }: RowSource, pieces: AsyncIterable<string>): AsyncGenerator<JsonText> {
  let number = 0;
  let pending = '';
  const next = (text: string): JsonText => ({ text: text.trim(), where: `line ${(number += 1)}` });
  for await (const text of pieces) {
    const [head = '', ...rest] = text.split('\n');
    pending += head;
    for (const start of rest) {
      const found = next(pending);
      if (found.text !== '') yield found;
      pending = start;
    }
    if (pending.length > LONGEST_LINE) {
      throw new RowsError(
        'unreadable',
        `${name}, line ${number + 1} is longer than ${LONGEST_LINE} characters: ${FIX}`,
      );
    }
  }
  const last = next(pending);
  if (last.text !== '') yield last;
}

function parseObject(text: string, place: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new RowsError('unreadable', `${place} is not JSON${placeOf(error)}: ${FIX}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RowsError('unreadable', `${place} is JSON but no object: ${FIX}`);
  }
  return value as Record<string, unknown>;
}

/** Where the parser stopped. Its own message, and so the error itself, quotes the line, which may hold a secret. */
function placeOf(error: unknown): string {
  const [, position] = (error instanceof Error && /at position (\d+)/.exec(error.message)) || [];
  return position === undefined ? '' : ` (from character ${Number(position) + 1} on)`;
}

/** The parser takes the last of two equal keys without a word. */
function refuseRepeatedKeys(
  { columns }: RowSource,
  text: string,
  values: Readonly<Record<string, unknown>>,
  place: string,
): void {
  const suspects = columns.filter((column) => {
    const key = JSON.stringify(column);
    return text.indexOf(key) !== text.lastIndexOf(key);
  });
  if (suspects.length === 0) return;
  // What is within the values can hold the key too; of the object's own keys, one that is not the last is gone.
  for (const column of suspects) {
    const occurrences = text.split(JSON.stringify(column)).length - 1;
    const kept = JSON.stringify(values).split(JSON.stringify(column)).length - 1;
    if (occurrences > kept) throw repeatedColumn(place, column);
  }
}
