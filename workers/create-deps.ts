/** Wires the adapters for the activities of one worker process. */
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { ActivityDeps } from '../activities/deps.ts';
import { EncoderPool } from '../activities/encoder-pool.ts';
import { trainingDevice } from '../activities/training-arithmetic.ts';
import { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import { ChampionStore } from '../adapters/champion/champion-store.ts';
import { LocalCache } from '../adapters/artifacts/local-cache.ts';
import { encoderCaches } from '../adapters/embedding-cache/encoder-caches.ts';
import { ownFolder } from '../adapters/files/own-folder.ts';
import { Hub } from '../adapters/hub/hub.ts';
import { removeAbandoned } from '../adapters/hub/resume-download.ts';
import { codeDigests, copyTrainer } from '../adapters/machine/code-digests.ts';
import { watchDamage } from '../adapters/object-store/damage-watch.ts';
import { openS3 } from '../adapters/object-store/s3.ts';
import { storedUploads } from '../adapters/sources/uploads.ts';
import { StepRecords } from '../adapters/step-records/step-records.ts';
import { Webhook } from '../adapters/webhook/webhook.ts';
import type { CudaState } from '../contracts/environment.ts';
import { StepSeals } from '../provenance/step-seal.ts';
import type { WorkerConfig } from './config.ts';
import { describeEnvironment } from './describe-environment.ts';

/** @param cuda what a GPU worker has found; null: it is none */
export async function createDeps(
  config: WorkerConfig,
  logger: Logger,
  preemption: AbortSignal,
  cuda: CudaState = null,
): Promise<ActivityDeps> {
  const warn = (message: string, attributes: Record<string, unknown>): void => logger.warn(attributes, message);
  // Somebody else's cache may be read-only: a worker starts all the same.
  void removeAbandoned(config.hub.cache).catch((error: unknown) =>
    warn('partial downloads stay', { error: String(error) }),
  );
  const { path: scratch } = await ownFolder(join(config.stateDir, 'scratch'));
  const artifacts = new ArtifactStore(watchDamage(openS3(config.store)), await openCache(config));
  const source = await copyTrainer(config.trainer.source, join(scratch, 'trainer'));
  return {
    artifacts,
    records: new StepRecords(artifacts, await describeEnvironment(config, cuda), sealsOf(config), warn),
    champions: new ChampionStore(artifacts.objects),
    embeddings: encoderCaches(artifacts.objects, warn, join(scratch, 'keys')),
    encoders: new EncoderPool(artifacts, {
      folder: join(scratch, 'encoders'),
      threads: config.threads,
      sessions: config.encoderSessions,
    }),
    sources: {
      examples: config.examples,
      buckets: { ...config.buckets, open: (bucket) => openS3({ ...config.store, bucket, prefix: '' }) },
      roots: config.roots,
      uploads: storedUploads(artifacts),
      hub: new Hub(config.hub),
    },
    trainingDevice: trainingDevice(config.device, cuda?.torch ?? null),
    trainer: { ...config.trainer, source },
    code: await codeDigests(config.root, source),
    pythonEnvironment: config.pythonEnvironment,
    scratch,
    preemption,
    hasTrackingKey: config.hasTrackingKey,
    webhook: config.webhookUrl === null ? null : new Webhook(config.webhookUrl),
  };
}

function sealsOf({ signingKey, trustedKeys, recallUnsigned }: WorkerConfig): StepSeals {
  return new StepSeals({ signer: signingKey, keys: trustedKeys, acceptUnsigned: recallUnsigned });
}

/** What is open is in a folder of this process alone, so that what a killed one had open is found. */
async function openCache({ stateDir, cacheBytes }: WorkerConfig): Promise<LocalCache> {
  const folder = join(stateDir, 'cache');
  const { path: open } = await ownFolder(join(folder, 'open'));
  return new LocalCache(folder, { most: cacheBytes, open });
}
