/** Test pairs that a model has seen: in what it was trained on, or selected by. */
import type { Pair } from './clean.ts';
import { textIdentity } from './normalize-text.ts';
import { pairIdentity } from './pair-identity.ts';

/** How a test pair stands in the parts: the whole of it, its query alone, with other passages, or not at all. */
export type Seen = 'pair' | 'query' | null;

/**
 * A question that a model was taught another answer to is no new question either, and neither is one in another spelling.
 *
 * @param parts What the model has seen; they may be large, the test part is held in memory a second time.
 * @param identity Equal for equal texts. @default textIdentity
 * @returns One a test pair, in order.
 */
export function seenPairs(
  test: readonly Pair[],
  parts: readonly (readonly Pair[])[],
  identity: (text: string) => string = textIdentity,
): Seen[] {
  const pairs = new Map<string, boolean>(test.map((pair) => [pairIdentity(pair, identity), false]));
  const queries = new Map<string, boolean>(test.map(({ query }) => [identity(query), false]));
  for (const part of parts)
    for (const pair of part) {
      const query = identity(pair.query);
      if (!queries.has(query)) continue;
      queries.set(query, true);
      const known = pairIdentity(pair, identity);
      if (pairs.has(known)) pairs.set(known, true);
    }
  return test.map((pair) => {
    if (pairs.get(pairIdentity(pair, identity))) return 'pair';
    return queries.get(identity(pair.query)) ? 'query' : null;
  });
}
