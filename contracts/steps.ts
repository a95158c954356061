/** What each step returns and a step record keeps: references and figures, never data. */
import { z } from 'zod';
import { artifactRef, fileSet, provenance, sha256Hex, type Provenance } from './artifact.ts';
import { environment, trainerEnvironment } from './environment.ts';
import { guardName } from './gate.ts';
import { metricValues } from './metrics.ts';

const count = z.number().int().nonnegative();
const part = artifactRef.extend({ rows: count });

const dataFile = artifactRef.extend({ format: z.enum(['parquet', 'jsonl', 'csv']) });

/** Where bytes came from that were read from the Hugging Face hub. */
export const hubOrigin = z.strictObject({
  repository: z.string().describe('OWNER/NAME of a model, datasets/OWNER/NAME of a data set'),
  revision: z.string().describe('Branch, tag or commit that was asked for'),
  commit: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .describe('What it was then'),
  license: z.string().nullable().describe("As the repository's card says; null: it says nothing"),
});
export type HubOrigin = z.infer<typeof hubOrigin>;

/** What a model's authors meant it to be used with, as config_sentence_transformers.json says. */
export const modelTraits = z.strictObject({
  /** Texts that go before another text, by their names, such as "query"; bounded. */
  prompts: z.record(z.string(), z.string()),
  /** How embeddings are compared: "cosine", "dot" …; null: it does not say. */
  similarity: z.string().nullable(),
});
export type ModelTraits = z.infer<typeof modelTraits>;

export const resolveResult = z.strictObject({
  data: dataFile,
  model: fileSet,
  /** Files of the guard sets, by their names. */
  guards: z.record(guardName, dataFile),
  origins: z
    .strictObject({
      data: hubOrigin.nullable(),
      model: hubOrigin.nullable(),
      guards: z.record(z.string(), hubOrigin.nullable()),
    })
    .default({ data: null, model: null, guards: {} })
    .describe('Null where a source is not of the hub'),
  /** Absent in records of versions that did not look. */
  traits: modelTraits.exactOptional(),
});

const rowFinding = z.strictObject({
  count,
  first: z.string().nullable().describe('Place of the first, e.g. "line 12"'),
});

/** As `core/data-profile.ts` defines it. */
export const dataProfile = z.strictObject({
  leftOut: rowFinding,
  repeated: rowFinding,
  partlyEmpty: rowFinding,
  nearEmpty: rowFinding,
  damaged: rowFinding,
  respelled: rowFinding,
  ambiguous: rowFinding,
  testQuestionsSeen: rowFinding,
  testPassagesSeen: rowFinding,
  sharedPassages: count.describe('Passages in more than one part, in whatever spelling'),
});

export const splitResult = z.strictObject({
  /** JSON Lines of {query, positive}. */
  train: part,
  dev: part,
  test: part,
  cleaning: z.strictObject({ rows: count, emptyQuery: count, emptyPositive: count, duplicates: count, kept: count }),
  /** Passages (white space collapsed) that stand in more than one part. */
  sharedPassages: count,
  /** What the rows are like; absent in records of version 1 of the step. */
  profile: dataProfile.exactOptional(),
});

/** An ONNX encoder; `digest` names the cache of its embeddings. */
export const encoderRef = z.strictObject({
  digest: sha256Hex,
  files: fileSet,
  dimensions: count,
  maxSeqLength: count,
  precision: z.enum(['fp32', 'int8', 'fp16']),
  device: z.enum(['cpu', 'cuda']),
  /** Digest of the versions of what encodes with it in the worker; absent in records of versions that told none. */
  runtime: sha256Hex.exactOptional(),
  /** How near its embeddings are to PyTorch's in fp32, on the exporter's probe texts. */
  parity: z.strictObject({ maxDifference: z.number().nonnegative(), minCosine: z.number(), meanCosine: z.number() }),
});

export const embedResult = z.strictObject({
  texts: count,
  dimensions: count,
  /** SHA-256 over the key of each text and the SHA-256 of its embedding (float32 little-endian), by ascending keys. */
  embeddingsSha256: sha256Hex,
});

export const indexResult = z.strictObject({
  index: artifactRef,
  factory: z.string(),
  vectors: count,
  dimensions: count,
  /** SHA-256 of the float32 little-endian matrix that was added, row-major. */
  embeddingsSha256: sha256Hex,
  /** Share of the exact ten nearest neighbours that the index finds for the test queries; null for an exact index. */
  recallAt10: z.number().min(0).max(1).nullable(),
});

export const evaluateResult = z.strictObject({
  metrics: metricValues,
  /** JSON Lines, one per test query in order: {rank, cosine, negativeCosine, miniRank}. */
  perQuery: artifactRef,
});

/** One guard set as rows. */
export const guardSet = z.strictObject({
  /** JSON Lines of {query, positive, grade}: a judged pair a line, in the order of the file. */
  rows: part,
  /** Queries with at least one relevant passage: those that are measured. */
  queries: count,
  /** Unique passages, judged relevant or not: the corpus. */
  passages: count,
});

/** By the guards' names. */
export const readGuardsResult = z.strictObject({ guards: z.record(z.string(), guardSet) });

export const guardEvaluation = z.strictObject({
  metrics: metricValues,
  /** JSON Lines, one per measured query in order: {values: metric name → value, cluster}. */
  perQuery: artifactRef,
});

/** By the guards' names. */
export const guardEvaluations = z.strictObject({ guards: z.record(z.string(), guardEvaluation) });

export const bm25Result = z.strictObject({ metrics: metricValues, perQuery: artifactRef });

export const mineResult = z.strictObject({
  /** JSON Lines of {query, positive, negatives}: the train part's rows in their order. */
  train: part,
  /** Candidates within the rank range, over all queries. */
  candidates: count,
  /** Those too near to the positive to be taken for negatives. */
  suspects: count,
  /** Rows whose range had too few negatives left, and that took the next ones below it. */
  filledUp: count,
});

export const fineTuneResult = z.strictObject({
  kind: z.enum(['adapter', 'model']),
  weights: fileSet,
  /** JSON Lines of {step, metrics}, each step once. */
  trainingLog: artifactRef,
  steps: count,
  bestStep: count.nullable(),
  /** True when training ended early since the dev metric no longer rose. */
  stoppedEarly: z.boolean(),
  /** Pairs a forward pass after an out-of-memory, with the gradient-cached loss; null: as the recipe says. */
  memoryMicroBatch: count.nullable(),
  /** Whether anything was learnt; absent in records of versions that did not look. */
  learning: z
    .strictObject({
      /** The weights that were kept are others than the training began with. */
      weightsChanged: z.boolean(),
      /** As logged; null where fewer than two means were. */
      loss: z.strictObject({ first: z.number(), last: z.number(), lowest: z.number(), highest: z.number() }).nullable(),
    })
    .exactOptional(),
  metrics: metricValues,
});

/** What a training computes in: bits differ between devices of different kinds, and between precisions. */
export const arithmetic = z.strictObject({
  device: z.enum(['cpu', 'cuda']),
  precision: z.enum(['fp32', 'fp16', 'bf16']),
});
export type Arithmetic = z.infer<typeof arithmetic>;

const interval = z.strictObject({ low: z.number(), high: z.number() });

export const compareResult = z.strictObject({
  metrics: z.array(
    z.strictObject({ metric: z.string(), base: z.number(), fineTuned: z.number(), difference: z.number() }),
  ),
  /** Queries whose positive ranks better, worse or the same after fine-tuning. */
  queries: z.strictObject({ better: count, worse: count, same: count }),
  /** Mean difference in nDCG@10 over queries, with its 95 % percentile bootstrap interval clustered by passage. */
  ndcgDifference: interval.extend({ mean: z.number() }),
  /** 95 % percentile bootstrap interval, clustered too, of each metric that is a mean over queries, by its name. */
  intervals: z.strictObject({ base: z.record(z.string(), interval), fineTuned: z.record(z.string(), interval) }),
});

export const trackResult = z.strictObject({
  state: z.enum(['online', 'offline', 'none', 'failed']),
  runId: z.string().exactOptional(),
  /** The offline run directory as one tar archive, ready for `wandb sync`. */
  archive: artifactRef.exactOptional(),
  error: z.string().exactOptional(),
});

export type ResolveResult = z.infer<typeof resolveResult>;
export type SplitResult = z.infer<typeof splitResult>;
export type EncoderRef = z.infer<typeof encoderRef>;
export type EmbedResult = z.infer<typeof embedResult>;
export type IndexResult = z.infer<typeof indexResult>;
export type EvaluateResult = z.infer<typeof evaluateResult>;
export type GuardSet = z.infer<typeof guardSet>;
export type ReadGuardsResult = z.infer<typeof readGuardsResult>;
export type GuardEvaluation = z.infer<typeof guardEvaluation>;
export type GuardEvaluations = z.infer<typeof guardEvaluations>;
export type Bm25Result = z.infer<typeof bm25Result>;
export type MineResult = z.infer<typeof mineResult>;
export type FineTuneResult = z.infer<typeof fineTuneResult>;
export type CompareResult = z.infer<typeof compareResult>;
export type TrackResult = z.infer<typeof trackResult>;

/** What an activity hands back: the result, and where it came from. */
export interface StepOutcome<Result> {
  readonly result: Result;
  /** True when it was taken from an earlier record. */
  readonly cached: boolean;
  /** Of the step's record, with its key; both empty where it is a decision of the workflow, and no record. */
  readonly name: string;
  readonly key: string;
  readonly madeBy: Provenance;
}

/** Saved checkpoints that a record keeps of one attempt: an attempt of days saves thousands. */
export const ATTEMPT_CHECKPOINTS = 20;

/** Attempts that a training keeps: one that is preempted every hour for months makes thousands. */
export const TRAINING_ATTEMPTS = 64;

/** One attempt at a training, whoever made it. */
export const trainingAttempt = z.strictObject({
  run: provenance,
  worker: z.string(),
  startedAt: z.iso.datetime(),
  /** Step of the checkpoint that it went on from; null: it began at the beginning. */
  resumedFrom: count.nullable(),
  /** Digest of that checkpoint's files. */
  resumedDigest: sha256Hex.exactOptional(),
  /** The checkpoints that it saved, oldest first; of more than {@link ATTEMPT_CHECKPOINTS}, the newest. */
  checkpoints: z
    .array(z.strictObject({ step: count, digest: sha256Hex }))
    .max(ATTEMPT_CHECKPOINTS)
    .exactOptional(),
  /** preempted: it was asked to stop, and saved first; null: it finished, or ended without a word. */
  ended: z.enum(['preempted', 'failed', 'cancelled']).nullable(),
});
export type TrainingAttempt = z.infer<typeof trainingAttempt>;

/** Who computed a step: the run it was done for, the activity's attempt that succeeded, and the worker's host. */
export const stepMaker = provenance.extend({
  attempt: count,
  worker: z.string(),
  /** Of a training: its attempts, the successful one last; of more than {@link TRAINING_ATTEMPTS}, the first and the newest. */
  attempts: z.array(trainingAttempt).exactOptional(),
  /** Of a step that the trainer's process did. */
  trainer: trainerEnvironment.exactOptional(),
});
export type StepMaker = z.infer<typeof stepMaker>;

/** Over the canonical JSON of the rest of a step record. */
export const stepSeal = z.strictObject({
  sha256: sha256Hex,
  /** Ed25519, over DSSE's encoding of the same bytes; a worker without a key signs nothing. */
  signature: z.strictObject({ keyid: sha256Hex, sig: z.base64() }).exactOptional(),
});

/** The object `steps/<name>/<key>.json`. */
export const stepRecord = z.strictObject({
  schema: z.literal(2),
  name: z.string(),
  version: count,
  /** Digest of what computes the step outside the worker's own code; absent where nothing does, and in older records. */
  code: sha256Hex.exactOptional(),
  key: sha256Hex,
  inputs: z.record(z.string(), z.string()),
  parameters: z.record(z.string(), z.unknown()),
  result: z.unknown(),
  madeBy: stepMaker,
  environment,
  startedAt: z.iso.datetime(),
  seconds: z.number().nonnegative(),
  /** Absent in records of versions that sealed none. */
  seal: stepSeal.exactOptional(),
});
export type StepRecord = z.infer<typeof stepRecord>;
