/**
 * The protocol between the GPU activity and the Python trainer: a job file in, JSON lines on file descriptor 3 out.
 *
 * `npm run schema` writes both as JSON Schema into the Python package, which checks against them on its side.
 */
import { z } from 'zod';
import { trainerEnvironment } from './environment.ts';
import { trainingSection } from './training-input.ts';

const path = z.string().min(1);
const step = z.number().int().nonnegative();

/** Fine-tune a sentence-transformers folder on query–positive pairs. */
export const trainJob = z.strictObject({
  kind: z.literal('train'),
  model: path.describe('Sentence-transformers folder of the base model'),
  trainRows: path.describe('JSON Lines of {query, positive, negatives?}, prefixes not yet applied'),
  devRows: path.describe('JSON Lines of {query, positive} for the dev evaluation'),
  output: path.describe('Folder to write: adapter/ (LoRA) or model/ (full), training-log.jsonl'),
  checkpoints: path.describe('Folder for step-<n>/ checkpoints'),
  resumeFrom: path.nullable().describe('Folder of one verified checkpoint, or null to start at step 0'),
  queryPrefix: z.string(),
  passagePrefix: z.string(),
  maxSeqLength: z.number().int().positive(),
  memoryMicroBatch: z
    .number()
    .int()
    .positive()
    .nullable()
    .describe('After an out-of-memory: pairs a forward pass, with the gradient-cached loss; null: as the recipe says'),
  device: z.enum(['cpu', 'cuda']).describe('What to train on: a trainer that does not find it refuses'),
  precision: z
    .enum(['fp32', 'fp16', 'bf16'])
    .describe('What training.precision was resolved to when the training started'),
  training: trainingSection,
});
export type TrainJob = z.infer<typeof trainJob>;

/** Turn a sentence-transformers folder, with or without an adapter, into one ONNX encoder. */
export const exportJob = z.strictObject({
  kind: z.literal('export'),
  model: path.describe('Sentence-transformers folder of the base model'),
  adapter: path.nullable().describe('LoRA adapter folder to merge first'),
  output: path.describe('Folder to write: model.onnx, model.onnx.data, tokenizer.json, encoder.json'),
  maxSeqLength: z.number().int().positive(),
  precision: z.enum(['fp32', 'int8', 'fp16']),
});
export type ExportJob = z.infer<typeof exportJob>;

/** Send a finished or failed run's metric log to Weights & Biases. */
export const publishJob = z.strictObject({
  kind: z.literal('publish'),
  mode: z.enum(['offline', 'online']),
  project: z.string().min(1),
  group: z.string().min(1),
  runId: z
    .string()
    .regex(/^[a-z0-9]{8,64}$/)
    .describe('Deterministic W&B run id: a retry writes the same run'),
  name: z.string().min(1),
  config: z.record(z.string(), z.unknown()),
  log: path.nullable().describe('JSON Lines of {step, metrics}, each step once, ascending'),
  summary: z.record(z.string(), z.number()).describe('Final metrics by their W&B names'),
  output: path.describe('Folder in which the wandb/ run directory is made'),
});
export type PublishJob = z.infer<typeof publishJob>;

/** Sign a model's folder by OpenSSF model signing. */
export const signJob = z.strictObject({
  kind: z.literal('sign'),
  model: path.describe('Folder to sign: all files in it, and no other, are what the signature is over'),
  key: path.describe('EC private key (P-256, P-384 or P-521), PEM'),
  output: path.describe('File to write: a Sigstore bundle'),
});
export type SignJob = z.infer<typeof signJob>;

export const trainerJob = z.discriminatedUnion('kind', [trainJob, exportJob, publishJob, signJob]);
export type TrainerJob = z.infer<typeof trainerJob>;

/** Parts of encoder.json, which the exporter writes beside model.onnx. */
export const encoderInfo = z.strictObject({
  dimensions: z.number().int().positive(),
  maxSeqLength: z.number().int().positive(),
  pooling: z.string(),
  normalized: z.literal(true),
  inputs: z.array(z.string()).min(1).describe("Names of the graph's int64 inputs [batch, sequence]"),
  output: z.string().describe('Name of the float32 output [batch, dimensions]'),
  padTokenId: z.number().int().nonnegative(),
  precision: z.enum(['fp32', 'int8', 'fp16']),
  maxDifference: z.number().nonnegative().describe("Largest absolute difference to PyTorch's fp32 on the probe texts"),
  minCosine: z.number().describe("Least cosine of an embedding with PyTorch's fp32 one on the probe texts"),
  meanCosine: z.number().describe('Mean of those cosines'),
});
export type EncoderInfo = z.infer<typeof encoderInfo>;

const metrics = z.record(z.string(), z.number());

export const trainerEvent = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('started'),
    device: z.string().describe('cpu, or the name of the GPU'),
    precision: z.enum(['fp32', 'fp16', 'bf16']),
    versions: z.record(z.string(), z.string()),
    determinism: trainerEnvironment.shape.determinism,
    step: step.describe("First step is step + 1: 0, or the checkpoint's"),
    totalSteps: step,
    trainRows: step,
  }),
  z.strictObject({
    type: z.literal('progress'),
    step,
    totalSteps: step,
    loss: z.number().nullable(),
    doing: z.string().nullable(),
  }),
  z.strictObject({ type: z.literal('metrics'), step, metrics }),
  z.strictObject({ type: z.literal('checkpoint'), step, path }),
  z.strictObject({ type: z.literal('preempted'), step, path: path.nullable() }),
  z.strictObject({
    type: z.literal('finished'),
    step,
    bestStep: step.nullable().describe('Step whose weights were kept, by the dev metric'),
    stoppedEarly: z.boolean().describe('The dev metric no longer rose'),
    weightsChanged: z
      .boolean()
      .exactOptional()
      .describe('Of a training: the weights that were kept are others than it began with'),
    metrics,
  }),
  z.strictObject({
    type: z.literal('failed'),
    error: z.enum([
      'InvalidJob',
      'InvalidData',
      'NonFiniteLoss',
      'OutOfMemory',
      'UnfitDevice',
      'Environment',
      'Internal',
    ]),
    message: z.string(),
    step: step.nullable(),
  }),
]);
export type TrainerEvent = z.infer<typeof trainerEvent>;

/** Exit codes of `python -m veille_trainer JOB`. */
export const TRAINER_EXIT = { done: 0, failed: 1, invalidJob: 64, preempted: 75 } as const;
