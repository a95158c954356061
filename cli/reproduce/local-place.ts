/** {@link ReproductionPlace} of this machine: servers and workers of its own, in a folder below the state folder. */
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { openS3 } from '../../adapters/object-store/s3.ts';
import { loadWorkerConfig } from '../../workers/config.ts';
import { describeEnvironment } from '../../workers/describe-environment.ts';
import { requireBucket } from '../bucket.ts';
import { startLocalBucket } from '../local-bucket.ts';
import { localServices } from '../local-services.ts';
import { hasLocalBucket, localStoreOptions } from '../local-store.ts';
import { findRunningStack } from '../stack/state-lock.ts';
import type { CliConfig } from '../wiring.ts';
import type { ReproductionPlace } from './place.ts';

/** Of the S3 server that a reproduction has to itself. */
const NAMESPACE = { bucket: 'veille', prefix: '' };

/** @param store the bucket with the records; null where it is the local one, which is not running */
export function localPlace(config: CliConfig, store: ObjectStore | null): ReproductionPlace {
  const { stateDir, environment, buildId } = config;
  return {
    stateDir,
    async openRecords(log, signal) {
      if (store) return { store, close: async () => undefined };
      return hasLocalBucket(config)
        ? startLocalBucket(config, log, signal)
        : { store: requireBucket(null), close: async () => undefined };
    },
    startServices: localServices({
      ...NAMESPACE,
      temporal: null,
      s3: null,
      buildId,
      // No rollout that somebody has to allow, and nobody to be told of an end.
      environment: { ...environment, S3_PREFIX: '', VEILLE_WEBHOOK_URL: '' },
    }),
    openNamespace(folder) {
      const endpoint = findRunningStack(folder)?.addresses?.s3;
      if (!endpoint) throw new Error(`no S3 server is running on ${folder}`);
      return openS3(localStoreOptions({ ...NAMESPACE, stateDir: folder }, endpoint));
    },
    describeEnvironment: () => describeEnvironment(loadWorkerConfig(environment)),
  };
}
