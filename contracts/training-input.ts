/** The `training` section of a run's input: the recipe, whose defaults are the reference's, and how it is kept alive. */
import { z } from 'zod';

const count = z.number().int().positive();
const tokens = z.number().int().min(8).max(8192);

const loraSection = z.strictObject({
  r: count.default(16),
  alpha: count.default(32),
  dropout: z.number().min(0).lt(1).default(0.1),
  targetModules: z
    .union([z.literal('all-linear'), z.array(z.string().min(1).max(200)).min(1).max(256)])
    .default('all-linear'),
});

/** Names as in sentence-transformers' `mine_hard_negatives`. */
export const hardNegativesSection = z
  .strictObject({
    numNegatives: z.number().int().min(1).max(64).default(1).describe('Negatives a pair gets'),
    rangeMin: z.number().int().min(0).default(10).describe('Ranks left out at the top, where unlabelled answers stand'),
    rangeMax: count.default(100).describe('Rank up to which negatives are taken'),
    relativeMargin: z
      .number()
      .min(0)
      .lt(1)
      .default(0.05)
      .describe("A passage with a cosine above (1 - relativeMargin) times the positive's is no negative but a suspect"),
    sampling: z
      .enum(['top', 'random'])
      .default('top')
      .describe('top: the first of the range; random: drawn by the seed'),
  })
  .refine(({ numNegatives, rangeMin, rangeMax }) => rangeMax >= rangeMin + numNegatives, {
    message: 'rangeMax must be at least rangeMin + numNegatives',
  });

const earlyStoppingSection = z.strictObject({
  patience: count.default(3).describe('Dev evaluations in a row without a gain before training ends'),
  minGain: z.number().min(0).lt(1).default(0).describe('Gain in dev nDCG@10 that counts as one'),
});

export const trainingSection = z.strictObject({
  lora: z
    .union([z.literal(false), loraSection])
    .prefault({})
    .describe('false trains the whole model'),
  loss: z
    .enum(['mnrl', 'cached-mnrl'])
    .default('mnrl')
    .describe('MultipleNegativesRankingLoss, or its gradient-cached form'),
  scale: z.number().positive().default(20).describe('Factor on the cosine in the loss (inverse temperature)'),
  matryoshkaDimensions: z
    .array(count)
    .min(1)
    .max(32)
    .nullable()
    .default(null)
    .describe('Train these leading dimensions too (MatryoshkaLoss), each less than the whole; null: the whole only'),
  hardNegatives: z
    .union([z.literal(false), hardNegativesSection])
    .default(false)
    .describe('Mine negatives in the train part with the base model; {} for the defaults'),
  batchSize: z.number().int().min(2).default(64).describe('Pairs a step: each has batchSize - 1 in-batch negatives'),
  microBatchSize: count.nullable().default(null).describe('Pairs a forward pass with cached-mnrl; null: 32'),
  processes: count.default(1).describe('Processes that share each batch by torchrun, one a GPU'),
  noDuplicatesInBatch: z.boolean().default(false).describe('No text twice in one batch'),
  epochs: count.default(1),
  maxSteps: count.nullable().default(null).describe('Stop after n steps, over epochs'),
  learningRate: z.number().positive().max(1).default(2e-5),
  scheduler: z.enum(['cosine', 'linear', 'constant', 'constant_with_warmup']).default('cosine'),
  warmupRatio: z.number().min(0).max(1).default(0.1),
  weightDecay: z.number().min(0).default(0.01),
  maxGradNorm: z.number().positive().default(1),
  precision: z
    .enum(['auto', 'fp32', 'fp16', 'bf16'])
    .default('auto')
    .describe('auto: mixed precision on a GPU, fp32 on a CPU'),
  tf32: z.boolean().default(true).describe('TensorFloat-32 for what is computed in fp32 on a GPU that has it'),
  gradientCheckpointing: z
    .boolean()
    .default(false)
    .describe('Compute activations twice instead of keeping them: less memory, more time'),
  maxSeqLength: tokens.nullable().default(null).describe("Tokens in training; null: the model section's"),
  seed: z.number().int().min(0).max(0xffffffff).default(42),
  evalSteps: count.default(500).describe('Dev retrieval evaluation every n steps; the best checkpoint is kept'),
  evalQueries: count.nullable().default(null).describe('Use the first n dev rows only; null: all'),
  earlyStopping: earlyStoppingSection.nullable().default(null).describe('null: train to the end; {} for the defaults'),
  logSteps: count.default(10),
  checkpointSteps: count.default(100).describe('Save a resumable checkpoint every n steps'),
  checkpointSeconds: z.number().positive().default(300).describe('… or after so many seconds, whichever comes first'),
  hangSeconds: z
    .number()
    .positive()
    .default(900)
    .describe('A trainer that reports nothing for so long is killed and started again from its last checkpoint'),
});

export type TrainingSection = z.output<typeof trainingSection>;
export type HardNegativesSection = z.output<typeof hardNegativesSection>;
