/** A run as one JSON document, for programs: what `--json` prints. */
import type { RunProgress } from '../../contracts/progress.ts';
import type { RunResult } from '../../contracts/run-result.ts';
import { elapsed, type RunFailure, type RunStatus, type WorkflowView } from '../observe/run-view.ts';

export interface WorkflowDocument<Progress, Result> {
  readonly workflowId: string;
  readonly runId: string;
  readonly status: RunStatus;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly closedAt: string | null;
  readonly seconds: number;
  /** The run's page in the Temporal UI. */
  readonly url: string | null;
  readonly result: Result | null;
  /** Null beside a result, which has the steps itself, and where no worker answers. */
  readonly progress: Progress | null;
  readonly failure: RunFailure | null;
}

export type RunDocument = WorkflowDocument<RunProgress, RunResult>;

/** @param view of a run or a sweep */
export function runDocument<Progress, Result>(
  view: WorkflowView<Progress, Result>,
  url: string | null,
): WorkflowDocument<Progress, Result> {
  const { workflowId, runId, status, result, progress, failure } = view;
  return {
    workflowId,
    runId,
    status,
    startedAt: new Date(view.startedAt).toISOString(),
    closedAt: view.closedAt === null ? null : new Date(view.closedAt).toISOString(),
    seconds: elapsed(view) / 1_000,
    url,
    result,
    progress,
    failure,
  };
}
