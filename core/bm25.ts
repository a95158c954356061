/** BM25 with Lucene's idf: the lexical yardstick beside an encoder. */
import { topK } from './top-k.ts';

export interface Bm25Options {
  /** Term-frequency saturation. @default 1.5 */
  readonly k1?: number;
  /** Length normalisation, 0 (none) to 1 (full). @default 0.75 */
  readonly b?: number;
}

interface Postings {
  /** Where each term's postings begin; one more at the end [terms + 1]. */
  readonly starts: Int32Array;
  /** Passage of each posting, ascending within a term [postings]. */
  readonly passages: Int32Array;
  /** Times the term occurs there, later replaced by what that adds to the passage's score [postings]. */
  readonly weights: Float64Array;
}

/** How often each passage has each term; numbers new terms in first-seen order and adds them to the vocabulary. */
function countTerms(corpus: readonly (readonly string[])[], vocabulary: Map<string, number>): Map<number, number>[] {
  return corpus.map((tokens) => {
    const counts = new Map<number, number>();
    for (const token of tokens) {
      const term = vocabulary.get(token) ?? vocabulary.size;
      vocabulary.set(token, term);
      counts.set(term, (counts.get(term) ?? 0) + 1);
    }
    return counts;
  });
}

/** Turns term counts by passage into postings by term. */
function invert(countsByPassage: readonly Map<number, number>[], termCount: number): Postings {
  const starts = new Int32Array(termCount + 1);
  for (const counts of countsByPassage) for (const term of counts.keys()) starts[term + 1]! += 1;
  for (let term = 0; term < termCount; term++) starts[term + 1]! += starts[term]!;
  const next = starts.slice();
  const passages = new Int32Array(starts[termCount]!);
  const weights = new Float64Array(starts[termCount]!);
  for (const [passage, counts] of countsByPassage.entries()) {
    for (const [term, count] of counts) {
      const posting = next[term]!++;
      passages[posting] = passage;
      weights[posting] = count;
    }
  }
  return { starts, passages, weights };
}

/**
 * An inverted index whose postings carry finished scores, so that a search only adds.
 *
 * A token adds idf · tf / (tf + k1 · (1 - b + b · length / mean length)) with
 * idf = ln(1 + (N - df + 0.5) / (df + 0.5)); as often as it stands in the query. It is the variant that Kamphuis et
 * al. (ECIR 2020) call "Lucene (accurate)", and bm25s `lucene`.
 */
export class Bm25Index {
  private readonly vocabulary = new Map<string, number>();
  private readonly postings: Postings;
  private readonly scores: Float64Array;

  /** @param corpus Tokens of each passage [passages][tokens]. */
  constructor(corpus: readonly (readonly string[])[], { k1 = 1.5, b = 0.75 }: Bm25Options = {}) {
    const countsByPassage = countTerms(corpus, this.vocabulary);
    this.postings = invert(countsByPassage, this.vocabulary.size);
    this.scores = new Float64Array(corpus.length);
    const { starts, passages, weights } = this.postings;
    const meanLength = corpus.reduce((sum, tokens) => sum + tokens.length, 0) / corpus.length;
    const saturation = corpus.map((tokens) => k1 * (1 - b + (b * tokens.length) / meanLength));
    for (let term = 0; term < this.vocabulary.size; term++) {
      const start = starts[term]!;
      const end = starts[term + 1]!;
      const passagesWithTerm = end - start;
      const idf = Math.log(1 + (corpus.length - passagesWithTerm + 0.5) / (passagesWithTerm + 0.5));
      for (let p = start; p < end; p++) weights[p] = (idf * weights[p]!) / (weights[p]! + saturation[passages[p]!]!);
    }
  }

  /** Score of every passage for a query [passages]; 0 where they share no token. Valid until the next call. */
  score(query: readonly string[]): Float64Array {
    const { scores } = this;
    const { starts, passages, weights } = this.postings;
    scores.fill(0);
    for (const token of query) {
      const term = this.vocabulary.get(token);
      if (term === undefined) continue;
      const end = starts[term + 1]!;
      for (let p = starts[term]!; p < end; p++) scores[passages[p]!]! += weights[p]!;
    }
    return scores;
  }

  /** The `k` best passages that share a token with the query, ties by lower index, filled up with -1 [k]. */
  search(query: readonly string[], k: number): Int32Array<ArrayBuffer> {
    return topK(this.score(query), k);
  }
}
