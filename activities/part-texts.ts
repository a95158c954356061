/** The texts of a part as the encoder reads them: prefixes put before them. */
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import type { Prefixes } from '../contracts/activities.ts';
import type { ArtifactRef } from '../contracts/artifact.ts';
import type { Pair } from '../core/clean.ts';
import { buildCorpus, type Corpus } from '../core/corpus.ts';
import { fromJsonLines } from './json-lines.ts';

export interface PartTexts {
  /** One a row, in order. */
  readonly queries: readonly string[];
  /** The positive of each row. */
  readonly positives: readonly string[];
  /** Unique positives in first-seen order, and which of them answers each query. */
  readonly corpus: Corpus;
}

/** @throws ArtifactLostError */
export async function readPartTexts(
  artifacts: ArtifactStore,
  part: ArtifactRef,
  prefixes: Prefixes,
): Promise<PartTexts> {
  const pairs = fromJsonLines<Pair>(await artifacts.getBytes(part));
  const { passages, gold } = buildCorpus(pairs);
  const asPassage = (text: string): string => prefixes.passage + text;
  return {
    queries: pairs.map(({ query }) => prefixes.query + query),
    positives: pairs.map(({ positive }) => asPassage(positive)),
    corpus: { passages: passages.map(asPassage), gold },
  };
}
