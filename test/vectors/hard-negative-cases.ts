/** Embedded train parts with the negatives that sentence-transformers mines in them, and what numpy draws. */
import type { Embeddings } from '../../core/embeddings.ts';
import { readVectors } from './read-vectors.ts';

interface StoredCase {
  readonly options: {
    readonly numNegatives: number;
    readonly rangeMin: number;
    readonly rangeMax: number;
    readonly relativeMargin: number;
  };
  readonly dimensions: number;
  readonly queries: string;
  readonly passages: string;
  /** Rows with the same number ask the same. */
  readonly queryOfRow: readonly number[];
  readonly positiveOfRow: readonly number[];
  /** By row, nearest first; shorter where the peer found too few, null where its definition is another. */
  readonly negatives: readonly (readonly number[] | null)[];
}

export interface HardNegativeCase extends Omit<StoredCase, 'dimensions' | 'queries' | 'passages'> {
  /** Row by row. */
  readonly queries: Embeddings;
  readonly passages: Embeddings;
}

/** Five distinct places out of 40. */
export interface RandomDraw {
  readonly seed: number;
  readonly row: number;
  readonly places: readonly number[];
}

function decode(base64: string, dimensions: number): Embeddings {
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  return { values: new Float32Array(bytes.buffer), dimensions };
}

function stored(): { readonly cases: readonly StoredCase[]; readonly draws: readonly RandomDraw[] } {
  return readVectors('hard-negatives') as ReturnType<typeof stored>;
}

export function hardNegativeCases(): HardNegativeCase[] {
  return stored().cases.map(({ dimensions, queries, passages, ...rest }) => ({
    ...rest,
    queries: decode(queries, dimensions),
    passages: decode(passages, dimensions),
  }));
}

export function randomDraws(): readonly RandomDraw[] {
  return stored().draws;
}
