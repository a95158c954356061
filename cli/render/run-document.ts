/** A run as one JSON document, for programs: what `--json` prints. */
import type { RunProgress } from '../../contracts/progress.ts';
import type { RunResult } from '../../contracts/run-result.ts';
import { elapsed, type RunFailure, type RunStatus, type RunView } from '../observe/run-view.ts';

export interface RunDocument {
  readonly workflowId: string;
  readonly runId: string;
  readonly status: RunStatus;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly closedAt: string | null;
  readonly seconds: number;
  /** The run's page in the Temporal UI. */
  readonly url: string | null;
  readonly result: RunResult | null;
  /** Null beside a result, which has the steps itself, and where no worker answers. */
  readonly progress: RunProgress | null;
  readonly failure: RunFailure | null;
}

export function runDocument(view: RunView, url: string | null): RunDocument {
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
