/** The retrieval corpus: every passage once, and for each query which of them answers it. */
import { normalizeText } from './normalize-text.ts';

export interface Corpus {
  /** Unique passages in first-seen order, each spelled as it was seen first. */
  readonly passages: readonly string[];
  /** Index into `passages` of each pair's positive [pairs]. */
  readonly gold: Int32Array<ArrayBuffer>;
}

/** Collapses positives that are equal after {@link normalizeText}. */
export function buildCorpus(pairs: readonly { readonly positive: string }[]): Corpus {
  const indexOf = new Map<string, number>();
  const passages: string[] = [];
  const gold = Int32Array.from(pairs, ({ positive }) => {
    const key = normalizeText(positive);
    const known = indexOf.get(key);
    if (known !== undefined) return known;
    indexOf.set(key, passages.length);
    return passages.push(positive) - 1;
  });
  return { passages, gold };
}

/**
 * How many passages stand in more than one part of a split.
 *
 * @param identity Equal for equal passages. @default normalizeText
 */
export function countSharedPassages(
  parts: readonly (readonly { readonly positive: string }[])[],
  identity: (text: string) => string = normalizeText,
): number {
  const partsWith = new Map<string, number>();
  for (const pairs of parts) {
    for (const passage of new Set(pairs.map(({ positive }) => identity(positive)))) {
      partsWith.set(passage, (partsWith.get(passage) ?? 0) + 1);
    }
  }
  return [...partsWith.values()].filter((count) => count > 1).length;
}
