/** White space as Python sees it: the reference pipeline's strip() and split() decide which texts are equal. */

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

/** Python's `' '.join(text.split())`: two passages are the same passage when this is equal. */
export function normalizeText(text: string): string {
  return strip(text).replace(SPACE_RUN, ' ');
}
