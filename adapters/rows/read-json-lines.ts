/** Reads JSON Lines: one object a line; blank lines are skipped. */
import { type RawRow, requireColumns, type RowSource } from './row-source.ts';
import { RowsError } from './rows-error.ts';
import { utf8Text } from './utf8-text.ts';

/** UTF-16 code units. A longer line is a file without line breaks, and would fill the memory. */
const LONGEST_LINE = 16 << 20;

const FIX = "JSON Lines has one complete object a line; jq -c '.[]' makes it of a JSON array";

/** The first object must have all columns; in a later one an absent key is an empty value. */
export async function* readJsonLines(source: RowSource): AsyncGenerator<RawRow> {
  let first = true;
  for await (const { line, where } of lines(source)) {
    const values = parseObject(line, `${source.name}, ${where}`);
    if (first) requireColumns(source, Object.keys(values));
    first = false;
    yield { values, where };
  }
}

async function* lines(source: RowSource): AsyncGenerator<{ line: string; where: string }> {
  let number = 0;
  let pending = '';
  const next = (text: string) => ({ line: text.trim(), where: `line ${(number += 1)}` });
  for await (const text of utf8Text(source)) {
    const [head = '', ...rest] = text.split('\n');
    pending += head;
    for (const start of rest) {
      const found = next(pending);
      if (found.line !== '') yield found;
      pending = start;
    }
    if (pending.length > LONGEST_LINE) {
      throw new RowsError(
        'unreadable',
        `${source.name}, line ${number + 1} is longer than ${LONGEST_LINE} characters: ${FIX}`,
      );
    }
  }
  const last = next(pending);
  if (last.line !== '') yield last;
}

function parseObject(line: string, place: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
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
