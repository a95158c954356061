/** A walk that finds a damaged object is walked again, in which only what made that object is computed anew. */
import type { CpuActivities } from '../contracts/activities.ts';
import { describedActivities } from './described-activities.ts';
import { damagedArtifact } from './failures.ts';
import { CPU, REPAIR_ROUNDS } from './options.ts';

const { discardCorrupt }: CpuActivities = describedActivities(CPU);

/**
 * When a step finds an object of an earlier step missing or damaged, the object is discarded and `walk` called again:
 * all steps answer from their records but the one that made the object, which computes it anew.
 */
export async function repairing<R>(walk: () => Promise<R>): Promise<R> {
  for (let round = 1; ; round++) {
    try {
      return await walk();
    } catch (error) {
      const damaged = damagedArtifact(error);
      if (!damaged || round === REPAIR_ROUNDS) throw error;
      await discardCorrupt(damaged);
    }
  }
}
