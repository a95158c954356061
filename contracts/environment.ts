/** What computed a result: machine, versions, code. It is recorded beside each step, and is part of no digest of a result. */
import { z } from 'zod';
import { sha256Hex } from './artifact.ts';

const count = z.number().int().nonnegative();

/** The code that a worker runs, by commit and by content. */
export const codeVersion = z.strictObject({
  buildId: z.string().min(1).describe('Build that the worker says it is of'),
  commit: z.string().nullable().describe('Git commit, 40 hexadecimal digits; null outside a checkout'),
  dirty: z.boolean().nullable().describe('Whether the sources differ from the commit; null outside a checkout'),
  sources: sha256Hex.describe('SHA-256 over the paths and bytes of everything that a worker runs'),
  locks: z
    .strictObject({ npm: sha256Hex, python: sha256Hex })
    .describe('SHA-256 of package-lock.json and of trainer/requirements.lock'),
  image: z.string().nullable().describe('Container image by digest, as VEILLE_IMAGE says; null: no container'),
});
export type CodeVersion = z.infer<typeof codeVersion>;

/** Whether a library can compute on the GPU. */
const cudaUse = z.strictObject({
  usable: z.boolean(),
  detail: z.string().describe('What it sees, with its versions; or why it can not'),
  // Not a default: a record names an environment by its digest, and older ones have no such field.
  bf16: z.boolean().exactOptional().describe('Whether the GPU computes in bfloat16, as PyTorch says'),
});
export type CudaUse = z.infer<typeof cudaUse>;

/** One worker's machine and code. */
export const environment = z.strictObject({
  platform: z.string().describe('Operating system, its release and the processor architecture'),
  cpu: z.strictObject({
    model: z.string(),
    threads: count.describe('Hardware threads that the worker may use'),
    instructionSets: z.array(z.string()).describe('Vector extensions that numerical libraries choose their kernels by'),
  }),
  memoryBytes: count,
  gpus: z.array(
    z.strictObject({
      name: z.string(),
      memoryMiB: count,
      driver: z.string(),
      computeCapability: z.string().nullable().optional().describe('Such as 9.0; null: not known'),
    }),
  ),
  cuda: z
    .strictObject({ torch: cudaUse, onnxruntime: cudaUse })
    .nullable()
    // Not a default: a record names an environment by its digest, and older ones have no such field.
    .optional()
    .describe('What a GPU worker found at its start; null: it has no GPU, or is none'),
  computeThreads: count.describe('Threads for encoding and training'),
  versions: z
    .record(z.string(), z.string())
    .describe('Node, ONNX Runtime, FAISS, Python and its packages; torch names its CUDA version'),
  code: codeVersion,
});
export type Environment = z.infer<typeof environment>;
/** Null: no GPU worker, or one without a GPU. */
export type CudaState = NonNullable<Environment['cuda']> | null;

/** What the trainer's process says of itself when it starts. */
export const trainerEnvironment = z.strictObject({
  device: z.string().describe('cpu, or the name of the GPU'),
  precision: z.string(),
  versions: z.record(z.string(), z.string()),
  determinism: z.record(z.string(), z.union([z.string(), z.boolean()])).describe('Flags that make a result repeatable'),
});
export type TrainerEnvironment = z.infer<typeof trainerEnvironment>;
