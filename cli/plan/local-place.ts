/** {@link PlanningPlace} of this machine. */
import { join, resolve } from 'node:path';
import { codeDigests } from '../../adapters/machine/code-digests.ts';
import { findGpus } from '../../adapters/machine/gpus.ts';
import { Hub } from '../../adapters/hub/hub.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { StepSeals } from '../../provenance/step-seal.ts';
import { EXAMPLES, ROOT } from '../../workers/config.ts';
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
    code: () => codeDigests(ROOT, join(ROOT, 'trainer', 'src')),
    hasWandbKey,
    seals: () => new StepSeals({ signer: null, keys: trustedKeys(), acceptUnsigned: recallUnsigned }),
    findGpu: async () => (await findGpus())[0]?.name ?? null,
  };
}
