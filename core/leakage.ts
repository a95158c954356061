/** Test pairs that a model has seen: in what it was trained on, or selected by. */
import type { Pair } from './clean.ts';
import { normalizeText } from './normalize-text.ts';
import { pairIdentity } from './pair-identity.ts';

/** How a test pair stands in the parts: the whole of it, its query alone, with other passages, or not at all. */
export type Seen = 'pair' | 'query' | null;

/**
 * Compares pairs by {@link pairIdentity} and queries by {@link normalizeText}: a question that a model was taught another
 * answer to is no new question either.
 *
 * @param parts What the model has seen; they may be large, the test part is held in memory a second time.
 * @returns One a test pair, in order.
 */
export function seenPairs(test: readonly Pair[], parts: readonly (readonly Pair[])[]): Seen[] {
  const pairs = new Map<string, boolean>(test.map((pair) => [pairIdentity(pair), false]));
  const queries = new Map<string, boolean>(test.map(({ query }) => [normalizeText(query), false]));
  for (const part of parts)
    for (const pair of part) {
      const query = normalizeText(pair.query);
      if (!queries.has(query)) continue;
      queries.set(query, true);
      const identity = pairIdentity(pair);
      if (pairs.has(identity)) pairs.set(identity, true);
    }
  return test.map((pair) => {
    if (pairs.get(pairIdentity(pair))) return 'pair';
    return queries.get(normalizeText(pair.query)) ? 'query' : null;
  });
}
