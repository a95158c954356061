/** Takes one look at a run: its description, its answer to the progress query, its children, its result. */
import {
  QueryNotRegisteredError,
  QueryRejectedError,
  ServiceError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  isGrpcServiceError,
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowHandle,
} from '@temporalio/client';
import type { RunProgress } from '../../contracts/progress.ts';
import { PROGRESS_QUERY } from '../../contracts/queues.ts';
import type { RunResult } from '../../contracts/run-result.ts';
import { RunNotFoundError } from '../exit.ts';
import { openChildren } from './child-workflows.ts';
import { readActivity, type PendingActivity } from './pending-activity.ts';
import { readFailure } from './run-failure.ts';
import type { ActivityView, RunStatus, RunView } from './run-view.ts';

/** A query waits for a worker; a watcher would rather go on without an answer. */
const QUERY_DEADLINE_MS = 5_000;

type Retrain = () => Promise<RunResult>;

/**
 * @param runId a certain run of the workflow ID; undefined for its latest.
 * @throws {RunNotFoundError} when there is no such run.
 * @throws {ServiceError} when Temporal does not answer.
 */
export async function readRun(client: Client, workflowId: string, runId?: string): Promise<RunView> {
  const handle = client.workflow.getHandle<Retrain>(workflowId, runId, { followRuns: false });
  const description = await describeRun(handle, client.options.namespace);
  const status = END_STATUSES[description.status.name] ?? 'running';
  const pinned = client.workflow.getHandle<Retrain>(workflowId, description.runId, { followRuns: false });
  const end = status === 'running' ? null : await readEnd(pinned);
  const progress = end?.result ? null : await queryProgress(client, pinned);
  return {
    workflowId,
    runId: description.runId,
    status,
    startedAt: description.startTime.getTime(),
    closedAt: description.closeTime?.getTime() ?? null,
    takenAt: Date.now(),
    progress,
    activities: status === 'running' ? await readActivities(client, description, progress) : [],
    result: end?.result ?? null,
    failure: end?.error ? readFailure(end.error, progress) : null,
  };
}

async function describeRun(handle: WorkflowHandle, namespace: string): Promise<WorkflowExecutionDescription> {
  try {
    return await handle.describe();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new RunNotFoundError(
      `No run with the workflow ID "${handle.workflowId}" in namespace "${namespace}". The Temporal UI lists those there are.`,
      { cause: error },
    );
  }
}

type StatusName = WorkflowExecutionDescription['status']['name'];

/** What has not ended is running, paused runs included. */
const END_STATUSES: Partial<Record<StatusName, RunStatus>> = {
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed out',
};

type RunEnd =
  | { readonly result: RunResult; readonly error: null }
  | { readonly result: null; readonly error: WorkflowFailedError };

async function readEnd(handle: WorkflowHandle<Retrain>): Promise<RunEnd> {
  try {
    return { result: await handle.result(), error: null };
  } catch (error) {
    if (error instanceof WorkflowFailedError) return { result: null, error };
    throw error;
  }
}

/** Null when no worker answers in time, or one answers that does not know the query. */
async function queryProgress(client: Client, handle: WorkflowHandle): Promise<RunProgress | null> {
  try {
    return await client.withDeadline(Date.now() + QUERY_DEADLINE_MS, () => handle.query<RunProgress>(PROGRESS_QUERY));
  } catch (error) {
    if (error instanceof QueryNotRegisteredError || error instanceof QueryRejectedError) return null;
    if (error instanceof ServiceError || isGrpcServiceError(error)) return null;
    throw error;
  }
}

async function readActivities(
  client: Client,
  { workflowId, raw }: WorkflowExecutionDescription,
  progress: RunProgress | null,
): Promise<ActivityView[]> {
  const children = openChildren(workflowId, progress).map(async (childId) =>
    (await pendingOfChild(client, childId)).map((pending) => readActivity(pending, childId, progress)),
  );
  const own = (raw.pendingActivities ?? []).map((pending) => readActivity(pending, workflowId, progress));
  return [...own, ...(await Promise.all(children)).flat()];
}

async function pendingOfChild(client: Client, workflowId: string): Promise<PendingActivity[]> {
  try {
    const { raw } = await client.workflow.getHandle(workflowId).describe();
    return raw.pendingActivities ?? [];
  } catch (error) {
    // Between the step's start and the child's there is none.
    if (error instanceof WorkflowNotFoundError) return [];
    throw error;
  }
}
