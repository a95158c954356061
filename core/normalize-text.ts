/** When two texts are the same text: as the reference pipeline has it, by Python's white space, and as a model reads them. */

/**
 * The characters of Python's `str.isspace()`, which `str.strip()`, `str.split()` and `\s` of `re` share.
 *
 * JavaScript's `\s` lacks U+001C–U+001F and U+0085 and has U+FEFF besides.
 */
const SPACE = '\\t-\\r\\x1c- \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const SPACE_CHARACTER = new RegExp(`[${SPACE}]`);
const SPACE_RUN = new RegExp(`[${SPACE}]+`, 'g');

/** Python's `text.strip()`. */
export function strip(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && SPACE_CHARACTER.test(text.charAt(start))) start++;
  while (end > start && SPACE_CHARACTER.test(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

/** Python's `' '.join(text.split())`: to the reference, two passages are the same passage when this is equal. */
export function normalizeText(text: string): string {
  return strip(text).replace(SPACE_RUN, ' ');
}

/**
 * What a tokenizer does not see or drops: control characters, and characters that show nothing, such as a soft hyphen, a
 * zero-width space or a byte order mark.
 */
const UNSEEN = new RegExp(`(?![${SPACE}])[\\p{Cc}\\p{Default_Ignorable_Code_Point}]`, 'gu');

/**
 * Equal for texts that only differ in their spelling by Unicode: composed or decomposed (NFKC, which XLM-RoBERTa's
 * tokenizer and so BGE-M3's apply), with or without characters that show nothing, and in their white space. Case and
 * accents count.
 *
 * Unicode's stability policy keeps NFKC of an assigned character the same in every version.
 */
export function textIdentity(text: string): string {
  return isPlain(text) ? normalizeText(text) : normalizeText(text.replace(UNSEEN, '').normalize('NFKC'));
}

/** Most texts, and NFKC is slow. */
function isPlain(text: string): boolean {
  return /^[ -~]*$/.test(text);
}
