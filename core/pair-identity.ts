/** When two query–passage pairs are the same pair. */
import type { Pair } from './clean.ts';
import { normalizeText } from './normalize-text.ts';

/** Equal for pairs whose queries and passages are both equal after {@link normalizeText}. */
export function pairIdentity({ query, positive }: Pair): string {
  // No text has a line break once it is normalised.
  return `${normalizeText(query)}\n${normalizeText(positive)}`;
}
