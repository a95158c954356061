/** Takes one look at a workflow of any type: its description, its answer to one query, its result or its error. */
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
import { RunNotFoundError } from '../exit.ts';
import type { RunStatus, WorkflowView } from './run-view.ts';

/** A query waits for a worker; a watcher would rather go on without an answer. */
const QUERY_DEADLINE_MS = 5_000;

export interface WorkflowLook<Progress, Result> {
  readonly view: Omit<WorkflowView<Progress, Result>, 'failure'>;
  readonly description: WorkflowExecutionDescription;
  /** Why it ended without a result; null where it runs or has one. */
  readonly error: WorkflowFailedError | null;
}

/**
 * @param runId a certain run of the workflow ID; undefined for its latest.
 * @param query asked where there is no result.
 * @throws {RunNotFoundError} when there is no such run.
 * @throws {ServiceError} when Temporal does not answer.
 */
export async function readWorkflow<Progress, Result>(
  client: Client,
  workflowId: string,
  runId: string | undefined,
  query: string,
): Promise<WorkflowLook<Progress, Result>> {
  const handle = client.workflow.getHandle(workflowId, runId, { followRuns: false });
  const description = await describeRun(handle, client.options.namespace);
  const status = END_STATUSES[description.status.name] ?? 'running';
  const pinned = client.workflow.getHandle<() => Promise<Result>>(workflowId, description.runId, { followRuns: false });
  const { result, error } = status === 'running' ? { result: null, error: null } : await readEnd(pinned);
  const view = {
    workflowId,
    runId: description.runId,
    status,
    startedAt: description.startTime.getTime(),
    closedAt: description.closeTime?.getTime() ?? null,
    takenAt: Date.now(),
    taskAttempts: description.raw.pendingWorkflowTask?.attempt ?? 0,
    progress: result === null ? await answer<Progress>(client, pinned, query) : null,
    result,
  };
  return { view, description, error };
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

type RunEnd<Result> =
  | { readonly result: Result; readonly error: null }
  | { readonly result: null; readonly error: WorkflowFailedError };

async function readEnd<Result>(handle: WorkflowHandle<() => Promise<Result>>): Promise<RunEnd<Result>> {
  try {
    return { result: await handle.result(), error: null };
  } catch (error) {
    if (error instanceof WorkflowFailedError) return { result: null, error };
    throw error;
  }
}

/** Null when no worker answers in time, or one answers that does not know the query. */
export async function answer<Progress>(
  client: Client,
  handle: WorkflowHandle,
  query: string,
): Promise<Progress | null> {
  try {
    return await client.withDeadline(Date.now() + QUERY_DEADLINE_MS, () => handle.query<Progress>(query));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    if (error instanceof QueryNotRegisteredError || error instanceof QueryRejectedError) return null;
    if (error instanceof ServiceError || isGrpcServiceError(error)) return null;
    throw error;
  }
}
