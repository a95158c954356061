/** An encoder that returns at once, for what a cache of a million texts costs without the days of encoding them. */
import type { EncodedTexts, Encoder } from '../../adapters/encoder/encoder.ts';

export class StandInEncoder implements Encoder {
  readonly dimensions: number;
  readonly maxSeqLength = 256;

  constructor(dimensions: number) {
    this.dimensions = dimensions;
  }

  /** The same unit vector for every text. */
  async encode(texts: readonly string[]): Promise<EncodedTexts> {
    const value = 1 / Math.sqrt(this.dimensions);
    return { embeddings: new Float32Array(texts.length * this.dimensions).fill(value), truncated: 0 };
  }

  async dispose(): Promise<void> {}
}
