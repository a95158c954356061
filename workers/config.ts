/** The worker's configuration: read from the environment once, checked, frozen. */
import type { KeyObject } from 'node:crypto';
import { existsSync, statfsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { getHFHubCachePath } from '@huggingface/hub';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { HubOptions } from '../adapters/hub/hub.ts';
import type { DataBuckets } from '../adapters/sources/bucket-source.ts';
import type { SourceRoots } from '../adapters/sources/local-source.ts';
import type { S3Options } from '../adapters/object-store/s3.ts';
import type { TrainerInstallation } from '../adapters/trainer/trainer-process.ts';
import { parseEnvironment, type Environment } from './environment.ts';
import { modelSigningKeyOf, signingKeyOf, trustedKeysOf } from './signing-key.ts';
import { buildIdOf, builtAt, type SourceVersion, sourceVersion } from './source-version.ts';

/** What the trainer's process gets of the worker's environment: no object-store keys, no Temporal keys. */
const TRAINER_VARIABLES = [
  /^(PATH|HOME|USER|LANG|LC_\w+|TMPDIR|LD_LIBRARY_PATH|SSL_CERT_FILE|REQUESTS_CA_BUNDLE)$/,
  /^(https?|no|all)_proxy$/i,
  /^(WANDB|CUDA|NVIDIA|PYTORCH|TORCH|OPENBLAS)_\w+$/,
];

/** The repository's root, where the trainer and its environment are. */
export const ROOT = resolve(import.meta.dirname, '..');

/** Example name → data file, as set-up built it. */
export const EXAMPLES: Readonly<Record<string, string>> = {
  'legal-fr': join(ROOT, '.veille', 'data', 'legal-fr.parquet'),
};

export interface WorkerConfig {
  /** The repository, or its copy in a container. */
  readonly root: string;
  readonly temporal: ReturnType<typeof loadClientConnectConfig>;
  readonly store: S3Options;
  readonly stateDir: string;
  readonly examples: Readonly<Record<string, string>>;
  /** Folders below which inputs may name files. */
  readonly roots: SourceRoots;
  /** Buckets in which inputs may name objects. */
  readonly buckets: Omit<DataBuckets, 'open'>;
  /** The Hugging Face hub; its token is a secret. */
  readonly hub: HubOptions;
  /** Bytes that the cache of downloaded files may have, shared by the processes on the state folder. */
  readonly cacheBytes: number;
  /** Root of the trainer's Python environment. */
  readonly pythonEnvironment: string;
  readonly trainer: TrainerInstallation;
  /** Hardware threads that this process may use. */
  readonly processors: number;
  /** CPU threads for encoding and training. */
  readonly threads: number;
  /** ONNX sessions that share the threads; undefined leaves it to the model's size. */
  readonly encoderSessions: number | undefined;
  /** Fine-tunings and exports at the same time on this worker, which share its device. */
  readonly gpuSlots: number;
  /** What a GPU worker trains on. */
  readonly device: Environment['VEILLE_DEVICE'];
  readonly logLevel: Environment['VEILLE_LOG_LEVEL'];
  readonly hasTrackingKey: boolean;
  readonly source: SourceVersion;
  readonly buildId: string;
  /** When the code of the build was made; builds are put in order by it. */
  readonly builtAt: Date;
  /** Container image that the worker runs in, by digest where it is known; null: none that it knows of. */
  readonly image: string | null;
  /** Ed25519 private key that step records and attestations are signed with; null: they are unsigned. */
  readonly signingKey: KeyObject | null;
  /** Public keys whose step records are taken; none: records without a signature are taken too. */
  readonly trustedKeys: readonly KeyObject[];
  /** Whether step records without a trusted signature are taken in spite of these keys. */
  readonly recallUnsigned: boolean;
  /** File of the EC private key that models are signed with; null: they are not. */
  readonly modelSigningKey: string | null;
  /** Address of the authority that time stamps attestations; null: none does. */
  readonly tsaUrl: string | null;
  /**
   * auto: the build becomes the current one by itself, unless that one is newer; always: even then; manual: somebody
   * does it with `veille deploy`.
   */
  readonly deploy: Environment['VEILLE_DEPLOY'];
  /** Base URL of the Temporal UI without a trailing slash, for links; null where none is known. */
  readonly uiUrl: string | null;
  /** Is told of ends of runs; a secret, since whoever knows it can write there. Null: nobody is. */
  readonly webhookUrl: string | null;
}

/**
 * @param variables @default process.env
 * @throws Error naming each variable that is wrong
 */
export function loadWorkerConfig(variables: NodeJS.ProcessEnv = process.env): WorkerConfig {
  silenceAwsNotice();
  const environment = parseEnvironment(variables);
  const python = pythonOf(environment);
  const threads = environment.VEILLE_THREADS;
  const source = sourceOf(environment);
  return Object.freeze({
    root: ROOT,
    temporal: loadClientConnectConfig(),
    store: storeOf(environment),
    stateDir: resolve(environment.VEILLE_STATE_DIR),
    examples: EXAMPLES,
    roots: rootsOf(environment),
    buckets: bucketsOf(environment),
    hub: hubOf(environment),
    cacheBytes: cacheBytesOf(environment),
    pythonEnvironment: resolve(python, '..', '..'),
    trainer: { python, source: join(ROOT, 'trainer', 'src'), threads, environment: forTrainer(variables) },
    processors: availableParallelism(),
    threads,
    encoderSessions: environment.VEILLE_ENCODER_SESSIONS,
    gpuSlots: environment.VEILLE_GPU_SLOTS,
    device: environment.VEILLE_DEVICE,
    logLevel: environment.VEILLE_LOG_LEVEL,
    hasTrackingKey: environment.WANDB_API_KEY !== undefined,
    source,
    buildId: environment.VEILLE_BUILD_ID ?? buildIdOf(source),
    builtAt: environment.VEILLE_BUILD_TIME ?? builtAt(ROOT, source),
    image: environment.VEILLE_IMAGE ?? null,
    signingKey: signingKeyOf(environment),
    trustedKeys: trustedKeysOf(environment),
    recallUnsigned: environment.VEILLE_RECALL_UNSIGNED,
    modelSigningKey: modelSigningKeyOf(environment),
    tsaUrl: environment.VEILLE_TSA_URL ?? null,
    deploy: environment.VEILLE_DEPLOY,
    uiUrl: environment.TEMPORAL_UI_URL ?? null,
    webhookUrl: environment.VEILLE_WEBHOOK_URL ?? null,
  });
}

/** The AWS SDK tells every process that its versions of next year want Node 22; the pinned one does not. */
export function silenceAwsNotice(): void {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
}

/** The hub as the environment names it, with the cache that its Python library would use. */
export function hubOf({ HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE }: Environment): HubOptions {
  return { endpoint: HF_ENDPOINT, token: HF_TOKEN ?? null, offline: HF_HUB_OFFLINE, cache: getHFHubCachePath() };
}

/**
 * fp32 is fp32: where nobody says otherwise, onnxruntime is not to multiply in TensorFloat-32 on a GPU. It is for this
 * process alone: a training has a setting of its own, and got its variables before.
 */
export function forbidTf32(): void {
  process.env['NVIDIA_TF32_OVERRIDE'] ??= '0';
}

/** Keys are not in it: the SDK finds them in the environment, a profile or the machine's role. */
export function storeOf({ S3_BUCKET, S3_PREFIX, S3_ENDPOINT, AWS_REGION }: Environment): S3Options {
  const endpoint = S3_ENDPOINT === undefined ? {} : { endpoint: S3_ENDPOINT };
  return { bucket: S3_BUCKET, prefix: S3_PREFIX, region: AWS_REGION, ...endpoint };
}

/** Bytes that the cache of downloaded files may have: a fifth of its disk, unless the environment says otherwise. */
export function cacheBytesOf({ VEILLE_CACHE_BYTES, VEILLE_STATE_DIR }: Environment): number {
  if (VEILLE_CACHE_BYTES !== undefined) return VEILLE_CACHE_BYTES;
  let folder = resolve(VEILLE_STATE_DIR);
  while (!existsSync(folder)) folder = dirname(folder);
  const { bsize, blocks } = statfsSync(folder);
  return Math.floor((bsize * blocks) / 5);
}

/** Below the state folder: keys, credentials, the servers' own data, and logs of everything. */
const CLOSED = ['keys', 'logs', 's3', 'temporal'];

/**
 * Folders below which an input may name files: the state folder, unless the environment says otherwise.
 *
 * @param also further folders where it does not
 */
export function rootsOf(
  { VEILLE_STATE_DIR, VEILLE_DATA_ROOTS, VEILLE_MODEL_ROOTS }: Environment,
  also: readonly string[] = [],
): SourceRoots {
  const state = resolve(VEILLE_STATE_DIR);
  const usual = [state, ...also];
  return {
    data: (VEILLE_DATA_ROOTS ?? usual).map((root) => resolve(root)),
    model: (VEILLE_MODEL_ROOTS ?? usual).map((root) => resolve(root)),
    closed: CLOSED.map((name) => join(state, name)),
  };
}

/** Buckets in which an input may name objects: what is ours of the own one, unless the environment says otherwise. */
export function bucketsOf({ S3_BUCKET, S3_PREFIX, VEILLE_DATA_BUCKETS }: Environment): Omit<DataBuckets, 'open'> {
  const own = { bucket: S3_BUCKET, prefix: S3_PREFIX };
  return { own, allowed: VEILLE_DATA_BUCKETS ?? [S3_PREFIX === '' ? S3_BUCKET : `${S3_BUCKET}/${S3_PREFIX}`] };
}

/** The interpreter of the trainer's environment: the one that set-up made, unless another is named. */
export function pythonOf({ VEILLE_PYTHON }: Environment): string {
  return VEILLE_PYTHON ?? join(ROOT, 'trainer', '.venv', 'bin', 'python');
}

/** The build of the code in this repository, unless the environment names one. */
export function buildOf(environment: Environment): string {
  return environment.VEILLE_BUILD_ID ?? buildIdOf(sourceOf(environment));
}

/** Digest of the sources in this repository, as records have it of the code that recorded them. */
export function codeSources(): string {
  return sourceVersion(ROOT).sources;
}

/** A container has no git: its image says which commit it was built of. */
function sourceOf({ VEILLE_COMMIT }: Environment): SourceVersion {
  const version = sourceVersion(ROOT);
  return { ...version, commit: version.commit ?? VEILLE_COMMIT ?? null };
}

function forTrainer(variables: NodeJS.ProcessEnv): Record<string, string> {
  const kept = Object.entries(variables).filter(([name]) => TRAINER_VARIABLES.some((known) => known.test(name)));
  return Object.fromEntries(kept.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
