/** Embeddings of pairs and the metrics that the numpy program in scripts/make_vectors.py finds for them. */
import type { Embeddings } from '../../core/embeddings.ts';
import { readVectors } from './read-vectors.ts';

export interface SimilarityCase {
  readonly queries: Embeddings;
  readonly positives: Embeddings;
  readonly seed: number;
  readonly negatives: number;
  readonly metrics: Readonly<Record<string, number>>;
}

interface StoredCase extends Omit<SimilarityCase, 'queries' | 'positives'> {
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
  return cases.map(({ dimensions, queries, positives, ...rest }) => ({
    ...rest,
    queries: decode(queries, dimensions),
    positives: decode(positives, dimensions),
  }));
}
