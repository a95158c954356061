/** Activity `prepareSweep`: every combination validated in full before anything runs. */
import type { PreparedSweep } from '../contracts/activities.ts';
import { parseSweepInput } from '../contracts/parse-sweep-input.ts';
import type { CpuActivityDeps } from './deps.ts';
import { createPrepareRun } from './prepare-run.ts';

export function createPrepareSweep(deps: Pick<CpuActivityDeps, 'worker'>) {
  const prepareRun = createPrepareRun(deps);
  return async (input: unknown): Promise<PreparedSweep> => {
    const { base, ...plan } = parseSweepInput(input);
    return { ...plan, prepared: await prepareRun(base) };
  };
}
