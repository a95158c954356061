/** Words for BM25. */

/** Letters with their marks, and digits: an apostrophe or a hyphen ends a word, so "l'article" is two. */
const WORD = /[\p{L}\p{M}\p{N}]+/gu;

/**
 * The text's words, lower-cased, accents kept, in order; one-letter words too, since "L. 1234-5" names an article.
 *
 * Composed and decomposed accents give the same word (NFC). No stemming, no stop words.
 */
export function tokenizeWords(text: string): string[] {
  return text.normalize('NFC').toLowerCase().match(WORD) ?? [];
}
