/** A run whose data, code and configuration are those of a finished one ends with that one's result. */
import type { CpuActivities, RunIdentity } from '../contracts/activities.ts';
import { STEP_NAMES } from '../contracts/progress.ts';
import type { RunResult } from '../contracts/run-result.ts';
import { describedActivities } from './described-activities.ts';
import { CPU } from './options.ts';
import type { RunState } from './run-state.ts';
import { setSearchAttributes } from './search.ts';

const cpu: CpuActivities = describedActivities(CPU);

/** @returns null when there is no such run, or objects of it are lost: then the DAG is walked */
export async function recalledRun(run: RunState, identity: RunIdentity): Promise<RunResult | null> {
  const earlier = await cpu.recallRun(identity);
  if (!earlier) return null;
  const { result, madeBy } = earlier;
  for (const step of STEP_NAMES.filter((name) => name !== 'resolve'))
    run.board.skip(step, `unchanged since ${madeBy.workflowId}`);
  run.measured(result.metrics);
  run.judged(result.gate, result.promotion);
  setSearchAttributes(run, {
    VeilleVerdict: 'unchanged',
    VeilleNdcgBefore: result.metrics.base['retrieval/nDCG@10'],
    VeilleNdcgAfter: result.metrics.fineTuned['retrieval/nDCG@10'],
  });
  const { encoded, cached } = result.texts;
  return {
    ...result,
    steps: result.steps.map((step) => (step.state === 'done' ? { ...step, cached: true } : step)),
    texts: { encoded: 0, cached: encoded + cached },
    unchangedSince: madeBy,
  };
}
