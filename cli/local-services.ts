/** {@link StartServices} with this project's own servers and workers. */
import { join } from 'node:path';
import { findGpus } from '../adapters/machine/gpus.ts';
import { temporalAccess, type TemporalOptions } from './observe/temporal-access.ts';
import type { LocalServices, ServicesOptions, StartServices } from './services.ts';
import type { S3Access } from './stack/s3-access.ts';
import { ensureSigningKey } from './stack/signing-key.ts';
import { startStack, type Stack } from './stack/stack.ts';
import { startWorker, type SupervisedWorker } from './stack/workers.ts';
import { withCudaLibraries } from '../workers/cuda-libraries.ts';
import { workerEnvironment } from './worker-environment.ts';

/** Milliseconds to end in are above what the workers' own files give: their grace and force times together. */
const WORKERS = [
  { name: 'cpu-worker', script: 'workers/cpu.ts', stopGraceMs: 45_000, surroundings: (env: NodeJS.ProcessEnv) => env },
  { name: 'gpu-worker', script: 'workers/gpu.ts', stopGraceMs: 120_000, surroundings: withCudaLibraries },
] as const;

export interface LocalServicesConfig {
  /** A Temporal service that is there already; null starts one. */
  readonly temporal: TemporalOptions | null;
  /** An S3 server that is there already; null starts one. */
  readonly s3: S3Access | null;
  readonly bucket: string;
  /** Put before every key, with a trailing slash unless it is empty. */
  readonly prefix: string;
  /** Of the code that the workers run. */
  readonly buildId: () => string;
  /** What the workers inherit beside the addresses. */
  readonly environment: NodeJS.ProcessEnv;
}

export function localServices(config: LocalServicesConfig): StartServices {
  return async (options) => {
    const { temporal, s3, bucket } = config;
    const stack = await startStack({
      ...options,
      bucket,
      ...(temporal ? { temporal } : {}),
      ...(s3 ? { s3 } : {}),
    });
    try {
      return await withWorkers(stack, config, options);
    } catch (error) {
      await stack.stop();
      throw error;
    }
  };
}

async function withWorkers(
  stack: Stack,
  { temporal, s3, prefix, buildId, environment }: LocalServicesConfig,
  options: ServicesOptions,
): Promise<LocalServices> {
  const { stateDir } = options;
  const servers = {
    temporal: temporal ? null : stack.temporal,
    s3: s3 ? null : stack.s3,
    stateDir,
    startedIn: process.cwd(),
    buildId: buildId(),
    signingKey: s3 ? null : ensureSigningKey(stateDir).privateKey,
  };
  const workers = await startWorkers(workerEnvironment(environment, servers), options);
  const access = temporalAccess(temporal ?? { ...stack.temporal, namespace: 'default' });
  return {
    temporal: access,
    artifactsUrl: `s3://${stack.s3.bucket}/${prefix}`.replace(/\/$/, ''),
    addresses: [
      ...(access.uiUrl === null ? [] : [['Temporal UI', access.uiUrl] as const]),
      ['Temporal', access.address],
      ['S3', `${stack.s3.endpoint}/${stack.s3.bucket}`],
      ['Logs', join(stateDir, 'logs')],
    ],
    gpu: (await findGpus())[0]?.name ?? null,
    broken: stack.broken,
    async stop() {
      await access.close();
      await stopWorkers(workers);
      await stack.stop();
    },
  };
}

/** Side by side; when one fails, the other is stopped. */
async function startWorkers(env: NodeJS.ProcessEnv, options: ServicesOptions): Promise<SupervisedWorker[]> {
  const { stateDir, log, signal } = options;
  const starts = await Promise.allSettled(
    WORKERS.map(({ surroundings, ...worker }) =>
      startWorker({ ...worker, env: surroundings(env), stateDir, log, signal }),
    ),
  );
  const workers = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const failed = starts.find((start) => start.status === 'rejected');
  if (!failed) return workers;
  await stopWorkers(workers);
  throw failed.reason;
}

async function stopWorkers(workers: readonly SupervisedWorker[]): Promise<void> {
  await Promise.all(workers.map((worker) => worker.stop()));
}
