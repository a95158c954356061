/** One look at a run: all that the renderers need, gathered from Temporal at one instant. */
import type { HeartbeatDetails, RunProgress, StepName } from '../../contracts/progress.ts';
import type { RunResult } from '../../contracts/run-result.ts';

export type RunStatus = 'running' | 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed out';

/** An activity that has not ended: running, queued, or waiting for its next attempt. */
export interface ActivityView {
  /** The step it works for, or null where nothing tells. */
  readonly step: StepName | null;
  /** Activity type, e.g. `fineTune`. */
  readonly type: string;
  /** 1 for the first. */
  readonly attempt: number;
  /** Why the attempt before this one ended, in one line; null on the first. */
  readonly lastFailure: string | null;
  /** Milliseconds since the epoch; null unless it waits for its next attempt. */
  readonly nextAttemptAt: number | null;
  /** True while no worker has picked the attempt up. */
  readonly queued: boolean;
  readonly heartbeat: HeartbeatDetails | null;
  /** The service that it waits for, with what is wrong: "the object store s3://veille/: it answers 503 (attempt 3)". */
  readonly waitsFor: string | null;
}

/** Why a run ended without a result. */
export interface RunFailure {
  readonly step: StepName | null;
  /** Activity type, or null when the workflow itself failed. */
  readonly activity: string | null;
  /** One of `contracts/failures.ts` where the program knows the failure. */
  readonly type: string | null;
  readonly message: string;
}

/** A run's address. */
export interface RunId {
  readonly workflowId: string;
  readonly runId: string;
}

/** What a look at any workflow shows. */
export interface WorkflowView<Progress, Result> extends RunId {
  readonly status: RunStatus;
  /** Milliseconds since the epoch, by the server's clock. */
  readonly startedAt: number;
  readonly closedAt: number | null;
  /** When this look was taken, by this machine's clock. */
  readonly takenAt: number;
  /** Answer to the query; null when no worker answers. */
  readonly progress: Progress | null;
  /** Attempts at the workflow task that is due; 0: none is. It is attempted again when a worker fails or dies over it. */
  readonly taskAttempts: number;
  /** There when `status` is completed. */
  readonly result: Result | null;
  /** There when the run ended in another way. */
  readonly failure: RunFailure | null;
}

export interface RunView extends WorkflowView<RunProgress, RunResult> {
  readonly activities: readonly ActivityView[];
}

/** Milliseconds the run has taken so far, or took. */
export function elapsed(view: Pick<RunView, 'startedAt' | 'closedAt' | 'takenAt'>): number {
  return Math.max(0, (view.closedAt ?? view.takenAt) - view.startedAt);
}
