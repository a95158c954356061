/** Takes one look at a run: its description, its answer to the progress query, its children, its result. */
import {
  WorkflowNotFoundError,
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowHandle,
} from '@temporalio/client';
import type { RunProgress, WorkCount } from '../../contracts/progress.ts';
import { EMBEDDED_QUERY, PROGRESS_QUERY, SWEEP_WORKFLOW, TRIAL_WORKFLOW } from '../../contracts/queues.ts';
import type { RunResult } from '../../contracts/run-result.ts';
import { UsageError } from '../exit.ts';
import { childStep, openChildren } from './child-workflows.ts';
import { readActivity, type PendingActivity } from './pending-activity.ts';
import { answer, readWorkflow } from './read-workflow.ts';
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
  if (view.status !== 'running') return { ...view, activities: [] };
  const children = await Promise.all(
    openChildren(description).map((id) => lookAtChild(client, id, view.progress !== null)),
  );
  const progress = withCounts(view.progress, children);
  return { ...view, progress, activities: activitiesOf(description, children, progress) };
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

/** A child workflow that embeds for a run. */
interface Child {
  readonly workflowId: string;
  readonly pending: readonly PendingActivity[];
  /** Null where no worker answers. */
  readonly count: WorkCount | null;
}

/** @param isAnswered false: no worker answers the run's own query, and none would answer this one */
async function lookAtChild(client: Client, workflowId: string, isAnswered: boolean): Promise<Child> {
  const handle = client.workflow.getHandle(workflowId);
  const asked = isAnswered ? answer<WorkCount>(client, handle, EMBEDDED_QUERY) : null;
  const [pending, count] = await Promise.all([pendingOf(handle), asked]);
  return { workflowId, pending, count };
}

async function pendingOf(handle: WorkflowHandle): Promise<PendingActivity[]> {
  try {
    return (await handle.describe()).raw.pendingActivities ?? [];
  } catch (error) {
    // It has ended since the run was looked at, and is no longer kept.
    if (error instanceof WorkflowNotFoundError) return [];
    throw error;
  }
}

/** The children count their texts themselves: telling the run each time would fill its history. */
function withCounts(progress: RunProgress | null, children: readonly Child[]): RunProgress | null {
  if (!progress) return null;
  const counts = new Map(children.map(({ workflowId, count }) => [childStep(workflowId), count]));
  return { ...progress, steps: progress.steps.map((step) => ({ ...step, ...counts.get(step.name) })) };
}

function activitiesOf(
  { raw }: WorkflowExecutionDescription,
  children: readonly Child[],
  progress: RunProgress | null,
): ActivityView[] {
  const own = (raw.pendingActivities ?? []).map((pending) => readActivity(pending, null, progress));
  const ofChildren = children.flatMap(({ workflowId, pending }) =>
    pending.map((activity) => readActivity(activity, workflowId, progress)),
  );
  return [...own, ...ofChildren];
}
