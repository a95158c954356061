/** Relevance judgements (qrels): which passages of a corpus answer a query, and how well. */
import { connectedGroups } from './connected-groups.ts';
import { buildCorpus } from './corpus.ts';
import { normalizeText } from './normalize-text.ts';
import { pairIdentity } from './pair-identity.ts';

/** One judged pair of a query and a passage. */
export interface JudgedPair {
  readonly query: string;
  readonly positive: string;
  /** How relevant the passage is: a whole number, 0 for not at all. */
  readonly grade: number;
}

export interface Qrels {
  /** Unique queries with a relevant passage in first-seen order, each spelled as it was seen first. */
  readonly queries: readonly string[];
  /** Unique passages of all pairs in first-seen order, relevant to a query or not: the corpus. */
  readonly passages: readonly string[];
  /** Passage number → grade of each query's judged passages [queries]. */
  readonly grades: readonly ReadonlyMap<number, number>[];
}

/** Each pair by its {@link pairIdentity} once, in first-seen order and spelling, with the highest of its grades. */
export function uniquePairs(pairs: readonly JudgedPair[]): JudgedPair[] {
  const unique = new Map<string, JudgedPair>();
  for (const pair of pairs) {
    const identity = pairIdentity(pair);
    const known = unique.get(identity);
    unique.set(identity, known ? { ...known, grade: Math.max(known.grade, pair.grade) } : pair);
  }
  return [...unique.values()];
}

/**
 * Texts that are equal after {@link normalizeText} are the same query or passage; of repeated judgements the highest
 * grade counts.
 */
export function buildQrels(pairs: readonly JudgedPair[]): Qrels {
  const { passages, gold } = buildCorpus(pairs);
  const judged = new Map<string, { readonly query: string; readonly grades: Map<number, number> }>();
  for (const [row, { query, grade }] of pairs.entries()) {
    const key = normalizeText(query);
    const known = judged.get(key) ?? { query, grades: new Map<number, number>() };
    const passage = gold[row]!;
    known.grades.set(passage, Math.max(grade, known.grades.get(passage) ?? 0));
    judged.set(key, known);
  }
  const measured = [...judged.values()].filter(({ grades }) => [...grades.values()].some((grade) => grade > 0));
  return { queries: measured.map(({ query }) => query), passages, grades: measured.map(({ grades }) => grades) };
}

/**
 * Clusters of queries that share a relevant passage, directly or through other queries: they are answered well or badly
 * together.
 *
 * @returns Number of each query's cluster, in first-seen order [queries].
 */
export function clusterQueries({ grades }: Qrels): Int32Array<ArrayBuffer> {
  const relevant = grades.flatMap((judged, query) =>
    [...judged].filter(([, grade]) => grade > 0).map(([passage]) => ({ query, passage })),
  );
  const columns = [relevant.map(({ query }) => String(query)), relevant.map(({ passage }) => String(passage))];
  const groups = connectedGroups(columns);
  const clusters = new Int32Array(grades.length);
  for (const [row, { query }] of relevant.entries()) clusters[query] = groups[row]!;
  return clusters;
}
