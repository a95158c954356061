/** Counts as people read them. Free of zod and of Node, since workflow code imports it. */

/** `1 passage`, `2 passages`, `7,950 texts`, `3 queries`. */
export function counted(count: number, singular: string, plural = pluralOf(singular)): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`;
}

/** A whole number with a comma each three digits. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** Of the nouns that we count; of several words, the last one counts. */
function pluralOf(noun: string): string {
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`;
  return /(?:s|x|ch|sh)$/.test(noun) ? `${noun}es` : `${noun}s`;
}
