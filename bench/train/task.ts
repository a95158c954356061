/** One training for all who take part. */
import type { TrainingSection } from '../../contracts/training-input.ts';

export interface TrainingTask {
  /** Sentence-transformers folder. */
  readonly model: string;
  /** JSON Lines of {query, positive}. */
  readonly rows: string;
  /** An empty file: no dev evaluation. */
  readonly noRows: string;
  readonly threads: number;
  readonly maxSeqLength: number;
  readonly training: TrainingSection;
  readonly warn: (message: string) => void;
}

export interface Training {
  /** Mean, from the end of a step to the end of the next. */
  readonly secondsPerStep: number;
  /** Largest resident memory of the process. */
  readonly peakMiB: number;
  /** A safetensors file. */
  readonly adapter: Uint8Array;
}
