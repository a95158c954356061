/** Activity `recallRun`: the result of the finished run that this one would repeat. */
import type { RunIdentity } from '../contracts/activities.ts';
import type { RunResult } from '../contracts/run-result.ts';
import type { StepOutcome } from '../contracts/steps.ts';
import type { ActivityDeps } from './deps.ts';
import { finishedRun } from './finished-run.ts';
import { recallStep } from './step.ts';

export function createRecallRun({ records }: Pick<ActivityDeps, 'records'>) {
  /** @returns null when there is none, or an object of its result is missing or damaged */
  return (identity: RunIdentity): Promise<StepOutcome<RunResult> | null> => recallStep(records, finishedRun(identity));
}
