/** Test pairs that a model has seen: in what it was trained on, or selected by. */
import type { Pair } from './clean.ts';
import { pairIdentity } from './pair-identity.ts';

/**
 * Positions of the test pairs that stand in none of the parts, ascending; pairs are compared by
 * {@link pairIdentity}.
 *
 * @param parts What the model has seen; they may be large, the test part is held in memory a second time.
 */
export function unseenPairs(test: readonly Pair[], parts: readonly (readonly Pair[])[]): number[] {
  const unseen = new Set(test.map(pairIdentity));
  for (const part of parts) for (const pair of part) unseen.delete(pairIdentity(pair));
  return [...test.keys()].filter((position) => unseen.has(pairIdentity(test[position]!)));
}
