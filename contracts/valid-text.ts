/** What makes a text one that encoder, tokenizer and trainer can read: well-formed Unicode without a NUL. */

/** Half of a surrogate pair, which UTF-8 can't write, or a NUL, which ends a text for many programs. */
const FAULT = /\p{Cs}|\0/u;

/** Where the first character stands that makes a text invalid, counted in UTF-16 code units from 0; null: it is valid. */
export function invalidAt(text: string): number | null {
  // Of nearly all texts, and much faster.
  if (text.isWellFormed() && !text.includes('\0')) return null;
  const at = text.search(FAULT);
  return at === -1 ? null : at;
}
