/** What is said of a value that is no valid text. */
import { invalidAt } from '../../contracts/valid-text.ts';
import { RowsError } from './rows-error.ts';

/** Stands for bytes of a text column that are not UTF-8. */
export const NOT_UTF8: unique symbol = Symbol('bytes that are not UTF-8');

const FIXES = {
  surrogate:
    'half of a surrogate pair, as where an emoji was cut in two or a broken encoder wrote \\ud83d alone: ' +
    'cut texts between characters, or drop it, e.g. in Python text.encode("utf-8", "ignore").decode()',
  nul: 'a NUL, which ends a text for many programs: remove it, or convert the file if it is UTF-16',
} as const;

/**
 * @param place the file, row and column, for the message
 * @throws RowsError `invalid-text` with the place of the character
 */
export function requireValidText(text: string, place: () => string): void {
  const at = invalidAt(text);
  if (at === null) return;
  const fix = text[at] === '\0' ? FIXES.nul : FIXES.surrogate;
  // Where it is, and not what stands around it, which may be a secret.
  throw new RowsError('invalid-text', `${place()}, character ${at + 1} is ${fix}`);
}

/** @param place the file, row and column */
export function notUtf8(place: string): RowsError {
  return new RowsError(
    'invalid-text',
    `${place} is not UTF-8: write the file anew from texts that were read in their own encoding, ` +
      'e.g. in pandas read_csv(…, encoding="windows-1252").to_parquet(…)',
  );
}
