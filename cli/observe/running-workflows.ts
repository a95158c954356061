/** Which workflows of veille's run now, and since when: what they hold in the bucket must stay. */
import type { Client } from '@temporalio/client';
import { RETRAIN_WORKFLOW, SWEEP_WORKFLOW, TRIAL_WORKFLOW } from '../../contracts/queues.ts';

export interface RunningWorkflows {
  readonly count: number;
  /** First start of the one that has been at work longest, in milliseconds since the epoch; null where none runs. */
  readonly oldestStart: number | null;
}

/** `embed` runs within one of these, and ends with it. */
const TYPES = [RETRAIN_WORKFLOW, SWEEP_WORKFLOW, TRIAL_WORKFLOW];
const QUERY = `ExecutionStatus = 'Running' AND WorkflowType IN (${TYPES.map((type) => `'${type}'`).join(', ')})`;

/**
 * A run that was reset, or goes on as new, has been at work since its first start.
 *
 * @throws {import('@temporalio/client').ServiceError}
 */
export async function runningWorkflows({ workflow }: Client): Promise<RunningWorkflows> {
  const starts: number[] = [];
  for await (const { workflowId, runId, startTime } of workflow.list({ query: QUERY })) {
    const { raw } = await workflow.getHandle(workflowId, runId).describe();
    const { seconds } = raw.workflowExtendedInfo?.originalStartTime ?? {};
    starts.push(Math.min(startTime.getTime(), seconds ? Number(seconds) * 1_000 : Number.POSITIVE_INFINITY));
  }
  return { count: starts.length, oldestStart: starts.length === 0 ? null : Math.min(...starts) };
}
