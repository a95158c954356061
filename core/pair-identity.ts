/** When two query–passage pairs are the same pair. */
import type { Pair } from './clean.ts';
import { normalizeText } from './normalize-text.ts';

/**
 * Equal for pairs whose queries and passages are both equal.
 *
 * @param identity Equal for equal texts. @default normalizeText
 */
export function pairIdentity({ query, positive }: Pair, identity: (text: string) => string = normalizeText): string {
  // No text has a line break once it is normalised.
  return `${identity(query)}\n${identity(positive)}`;
}
