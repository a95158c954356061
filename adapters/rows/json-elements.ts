/** The elements of a JSON array one by one, as text, so that a file of gigabytes needs the memory of one element. */
import { RowsError } from './rows-error.ts';

export interface ArrayFile {
  /** What messages call the file. */
  readonly name: string;
  /** Most UTF-16 code units of one element. */
  readonly longest: number;
}

/**
 * Cuts at the commas of the outermost array; whether an element is JSON is for its parser to say.
 *
 * @param pieces text whose first character that is no white space is "["
 * @throws RowsError `unreadable` where an element is too long, or the array does not end with the file
 */
export async function* jsonElements(pieces: AsyncIterable<string>, file: ArrayFile): AsyncGenerator<string> {
  let depth = 0;
  let pending = '';
  let count = 0;
  let inString = false;
  let escaped = false;
  let ended = false;
  for await (const piece of pieces) {
    let start = 0;
    for (let at = 0; at < piece.length && !ended; at++) {
      const character = piece[at]!;
      if (inString) {
        if (escaped) escaped = false;
        else if (character === '\\') escaped = true;
        else if (character === '"') inString = false;
        continue;
      }
      if (character === '"') inString = true;
      else if (character === '[' || character === '{') {
        if (depth === 0) start = at + 1;
        depth += 1;
      } else if (character === ']' || character === '}') depth -= 1;
      const cut = (character === ',' && depth === 1) || (character === ']' && depth === 0);
      if (!cut) continue;
      const element = (pending + piece.slice(start, at)).trim();
      if (element !== '' || character === ',') {
        count += 1;
        yield element;
      }
      pending = '';
      start = at + 1;
      ended = depth === 0;
    }
    pending += piece.slice(start);
    if (ended && pending.trim() !== '')
      throw new RowsError('unreadable', `${file.name} has something behind the end of its JSON array`);
    if (pending.length > file.longest)
      throw new RowsError('unreadable', `${file.name}, row ${count + 1} is longer than ${file.longest} characters`);
  }
  if (!ended) throw new RowsError('unreadable', `${file.name} ends within its JSON array: copy it again`);
}
