/** Embeddings of pairs and the metrics that the numpy program in scripts/make_vectors.py finds for them. */
import type { Embeddings } from '../../core/embeddings.ts';
import { readVectors } from './read-vectors.ts';

export interface SimilarityCase {
  readonly queries: Embeddings;
  readonly positives: Embeddings;
  /** Position of each pair's positive in the corpus; every fifth repeats another one. */
  readonly gold: Int32Array;
  readonly seed: number;
  readonly negatives: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** Of version 1 of the step `evaluate`. */
  readonly metricsOfVersion1: Readonly<Record<string, number>>;
}

interface StoredCase extends Omit<SimilarityCase, 'queries' | 'positives' | 'gold'> {
  readonly corpus: readonly number[];
  readonly dimensions: number;
  readonly queries: string;
  readonly positives: string;
}

function decode(base64: string, dimensions: number): Embeddings {
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  return { values: new Float32Array(bytes.buffer), dimensions };
}

export function similarityCases(): SimilarityCase[] {
  const { cases } = readVectors('similarity') as { readonly cases: readonly StoredCase[] };
  return cases.map(({ dimensions, queries, positives, corpus, ...rest }) => ({
    ...rest,
    queries: decode(queries, dimensions),
    positives: decode(positives, dimensions),
    gold: Int32Array.from(corpus),
  }));
}
