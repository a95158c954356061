/** {@link PlanningPlace} of this machine. */
import { resolve } from 'node:path';
import { findGpus } from '../../adapters/machine/gpus.ts';
import { Hub } from '../../adapters/hub/hub.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { StepSeals } from '../../provenance/step-seal.ts';
import { EXAMPLES } from '../../workers/config.ts';
import type { CliConfig } from '../wiring.ts';
import type { PlanningPlace } from './place.ts';

/**
 * @param store null where nothing was ever kept in the local bucket
 * @param openBucket with the credentials of this configuration
 */
export function localPlanningPlace(
  { python, hub, roots, buckets, hasWandbKey, buildId, trustedKeys, recallUnsigned }: CliConfig,
  store: ObjectStore | null,
  openBucket: (bucket: string) => ObjectStore,
): PlanningPlace {
  return {
    store,
    sources: { examples: EXAMPLES, buckets: { ...buckets, open: openBucket }, roots, hub: new Hub(hub) },
    pythonEnvironment: resolve(python, '..', '..'),
    buildId,
    hasWandbKey,
    seals: () => new StepSeals({ signer: null, keys: trustedKeys(), acceptUnsigned: recallUnsigned }),
    findGpu: async () => (await findGpus())[0]?.name ?? null,
  };
}
