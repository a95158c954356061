/**
 * The input of the `retrain` workflow. Everything has a default, and the defaults are the reference recipe;
 * a preset lays its own values over them, and the caller's input over the preset's.
 */
import { z } from 'zod';
import { sha256Hex } from './artifact.ts';

const count = z.number().int().positive();
const fraction = z.number().gt(0).lt(1);

const dataSection = z.strictObject({
  source: z
    .string()
    .min(1)
    .describe(
      'Local path or s3://bucket/key of a parquet, JSON Lines or CSV file, or example:legal-fr for the bundled example',
    ),
  format: z.enum(['auto', 'parquet', 'jsonl', 'csv']).default('auto').describe('auto goes by the file name'),
  sha256: sha256Hex.nullable().default(null).describe('Pin: the run fails if the source has other bytes'),
  columns: z
    .strictObject({
      query: z.string().min(1).default('query').describe('Column with the question'),
      passage: z
        .array(z.string().min(1))
        .min(1)
        .default(['input', 'output'])
        .describe('Columns that make the passage, trimmed and joined with ", "'),
      article: z
        .string()
        .min(1)
        .nullable()
        .default('input')
        .describe('Column that names the article, for split.strategy grouped'),
    })
    .prefault({}),
  limit: count.nullable().default(null).describe('Use the first n rows only'),
  dropDuplicates: z.boolean().default(false).describe('Leave out exact repetitions of a query-passage pair'),
});

const splitSection = z.strictObject({
  strategy: z
    .enum(['random', 'grouped'])
    .default('random')
    .describe('random: row for row datasets.train_test_split; grouped: no passage or article in two parts'),
  seed: z.number().int().min(0).max(0xffffffff).default(42),
  holdout: fraction.default(0.3).describe('Share of rows taken off the training part'),
  testShare: fraction.default(0.5).describe('Share of the holdout that becomes the test part; the rest is dev'),
});

const modelSection = z.strictObject({
  source: z
    .string()
    .min(1)
    .describe('Sentence-transformers folder: a local path, or pypi:PACKAGE for one inside an installed Python package'),
  maxSeqLength: z.number().int().min(8).max(8192).default(384).describe('Tokens a text is truncated to'),
  queryPrefix: z.string().default('').describe('Put before each query, e.g. "query: "'),
  passagePrefix: z.string().default('').describe('Put before each passage, e.g. "passage: "'),
});

const embeddingSection = z.strictObject({
  segmentTexts: z
    .number()
    .int()
    .min(2)
    .max(65_536)
    .default(512)
    .describe('Most texts in one cache segment: what a killed worker loses'),
  segmentBytes: z
    .number()
    .int()
    .min(1_024)
    .max(64 << 20)
    .default(256 << 10)
    .describe('Most UTF-8 bytes of text in one segment'),
  parallelism: z
    .number()
    .int()
    .min(1)
    .max(256)
    .default(2)
    .describe('Segments encoded at the same time over all workers'),
});

const indexSection = z.strictObject({
  factory: z.string().min(1).default('Flat').describe('FAISS factory string; Flat is exact'),
});

const evaluationSection = z.strictObject({
  seed: z.number().int().min(0).max(0xffffffff).default(123).describe('Seed of the random negatives'),
  miniNegatives: z
    .number()
    .int()
    .min(1)
    .max(999)
    .default(19)
    .describe('Negatives beside the positive in mini retrieval'),
  bm25: z.boolean().default(true).describe('Measure BM25 on the same corpus as a yardstick'),
});

const loraSection = z.strictObject({
  r: count.default(16),
  alpha: count.default(32),
  dropout: z.number().min(0).lt(1).default(0.1),
  targetModules: z.union([z.literal('all-linear'), z.array(z.string().min(1)).min(1)]).default('all-linear'),
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
  batchSize: z.number().int().min(2).default(64).describe('Pairs a step: each has batchSize - 1 in-batch negatives'),
  microBatchSize: count.nullable().default(null).describe('Pairs a forward pass with cached-mnrl; null: 32'),
  noDuplicatesInBatch: z.boolean().default(false).describe('No text twice in one batch'),
  epochs: count.default(1),
  maxSteps: count.nullable().default(null).describe('Stop after n steps, over epochs'),
  learningRate: z.number().positive().max(1).default(2e-5),
  scheduler: z.enum(['cosine', 'linear', 'constant', 'constant_with_warmup']).default('cosine'),
  warmupRatio: z.number().min(0).max(1).default(0.1),
  weightDecay: z.number().min(0).default(0),
  maxGradNorm: z.number().positive().default(1),
  precision: z
    .enum(['auto', 'fp32', 'fp16', 'bf16'])
    .default('auto')
    .describe('auto: mixed precision on a GPU, fp32 on a CPU'),
  maxSeqLength: z
    .number()
    .int()
    .min(8)
    .max(8192)
    .nullable()
    .default(null)
    .describe("Tokens in training; null: the model section's"),
  seed: z.number().int().min(0).max(0xffffffff).default(42),
  evalSteps: count.default(500).describe('Dev retrieval evaluation every n steps; the best checkpoint is kept'),
  evalQueries: count.nullable().default(null).describe('Use the first n dev rows only; null: all'),
  logSteps: count.default(10),
  checkpointSteps: count.default(100).describe('Save a resumable checkpoint every n steps'),
  checkpointSeconds: z.number().positive().default(300).describe('… or after so many seconds, whichever comes first'),
});

const trackingSection = z.strictObject({
  mode: z
    .enum(['auto', 'none', 'offline', 'online'])
    .default('auto')
    .describe('auto: online where the worker has WANDB_API_KEY, else offline'),
  project: z.string().min(1).max(128).default('legal-embeddings'),
  group: z.string().min(1).max(128).nullable().default(null).describe("null: the preset's name"),
});

export const PRESET_NAMES = ['demo'] as const;

export const retrainConfig = z.strictObject({
  preset: z.enum(PRESET_NAMES).default('demo'),
  data: dataSection,
  split: splitSection.prefault({}),
  model: modelSection,
  embedding: embeddingSection.prefault({}),
  index: indexSection.prefault({}),
  evaluation: evaluationSection.prefault({}),
  training: trainingSection.prefault({}),
  tracking: trackingSection.prefault({}),
});

/** A run's input with every default filled in. */
export type RetrainConfig = z.output<typeof retrainConfig>;

type DeepPartial<T> = T extends object ? { [K in keyof T]?: DeepPartial<T[K]> } : T;

/** What a caller may send: any part of the configuration. */
export type RetrainInput = DeepPartial<z.input<typeof retrainConfig>>;
