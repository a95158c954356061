/** How fast devices encode and train: by this bucket's own runs, or by what was measured on a machine that is named. */
import type { RetrainConfig } from '../../contracts/retrain-input.ts';

export type Device = 'cpu' | 'gpu';

/** Operations a second, as cli/plan/training-work.ts counts them. */
export interface Rate {
  readonly perSecond: number;
  /** Where it was measured. */
  readonly basis: string;
}

type Precision = RetrainConfig['embedding']['precision'];

const MACHINE = 'measured on 2 threads of an AMD EPYC with AVX-512, 2026-11-24';

/** 62 French legal texts a second of 110 tokens, all-MiniLM-L6-v2 in fp32 (10.6 million parameters in its layers). */
const ENCODING_FP32 = 62 * 110 * 2 * 10_646_784;
/** By the bench `encode`. */
const INT8_GAIN = 1.4;
/** 60 steps of the bench `quality` in 227 s: LoRA on the same model, 32 pairs of 29 and 123 tokens on average a step. */
const TRAINING = (60 * 32 * (29 + 123) * 2 * 10_646_784 * 2) / 227;

/** Null: no such device was ever measured. */
export function measuredEncoding(device: Device, precision: Precision): Rate | null {
  if (device === 'gpu') return null;
  return {
    perSecond: ENCODING_FP32 * (precision === 'int8' ? INT8_GAIN : 1),
    basis: `scaled from all-MiniLM-L6-v2 ${MACHINE}`,
  };
}

export function measuredTraining(device: Device): Rate | null {
  return device === 'gpu' ? null : { perSecond: TRAINING, basis: `scaled from all-MiniLM-L6-v2 ${MACHINE}` };
}
