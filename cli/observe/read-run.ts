/** Takes one look at a run: its description, its answer to the progress query, its children, its result. */
import { WorkflowNotFoundError, type Client, type WorkflowExecutionDescription } from '@temporalio/client';
import type { RunProgress } from '../../contracts/progress.ts';
import { PROGRESS_QUERY, SWEEP_WORKFLOW, TRIAL_WORKFLOW } from '../../contracts/queues.ts';
import type { RunResult } from '../../contracts/run-result.ts';
import { UsageError } from '../exit.ts';
import { openChildren } from './child-workflows.ts';
import { readActivity, type PendingActivity } from './pending-activity.ts';
import { readWorkflow } from './read-workflow.ts';
import { readFailure } from './run-failure.ts';
import type { ActivityView, RunStatus, RunView, WorkflowView } from './run-view.ts';

/**
 * @param runId a certain run of the workflow ID; undefined for its latest.
 * @throws {RunNotFoundError} when there is no such run.
 * @throws {UsageError} when it is a sweep, or a trial that has ended: their results are of another kind.
 * @throws {ServiceError} when Temporal does not answer.
 */
export async function readRun(client: Client, workflowId: string, runId?: string): Promise<RunView> {
  const { view, description } = await lookAt<RunResult>(client, workflowId, runId);
  requireRun(description, view.status);
  const { status, progress } = view;
  return { ...view, activities: status === 'running' ? await readActivities(client, description, progress) : [] };
}

/** What all workflows have in common, sweeps and trials too: whether and how they have ended. */
export async function readAnyRun(
  client: Client,
  workflowId: string,
  runId?: string,
): Promise<WorkflowView<RunProgress, unknown>> {
  return (await lookAt(client, workflowId, runId)).view;
}

async function lookAt<Result>(
  client: Client,
  workflowId: string,
  runId: string | undefined,
): Promise<{
  readonly view: WorkflowView<RunProgress, Result>;
  readonly description: WorkflowExecutionDescription;
}> {
  const look = await readWorkflow<RunProgress, Result>(client, workflowId, runId, PROGRESS_QUERY);
  const { view, description, error } = look;
  return { view: { ...view, failure: error ? readFailure(error, view.progress) : null }, description };
}

function requireRun({ type, workflowId }: WorkflowExecutionDescription, status: RunStatus): void {
  if (type === SWEEP_WORKFLOW)
    throw new UsageError(`${workflowId} is a sweep: see it with \`veille sweep show ${workflowId}\`.`);
  if (type !== TRIAL_WORKFLOW || status !== 'completed') return;
  const sweep = workflowId.slice(0, workflowId.lastIndexOf('/'));
  throw new UsageError(`${workflowId} was a trial: its figures are in the table of \`veille sweep show ${sweep}\`.`);
}

async function readActivities(
  client: Client,
  description: WorkflowExecutionDescription,
  progress: RunProgress | null,
): Promise<ActivityView[]> {
  const children = openChildren(description).map(async (childId) =>
    (await pendingOfChild(client, childId)).map((pending) => readActivity(pending, childId, progress)),
  );
  const own = (description.raw.pendingActivities ?? []).map((pending) => readActivity(pending, null, progress));
  return [...own, ...(await Promise.all(children)).flat()];
}

async function pendingOfChild(client: Client, workflowId: string): Promise<PendingActivity[]> {
  try {
    const { raw } = await client.workflow.getHandle(workflowId).describe();
    return raw.pendingActivities ?? [];
  } catch (error) {
    // It has ended since the run was looked at, and is no longer kept.
    if (error instanceof WorkflowNotFoundError) return [];
    throw error;
  }
}
