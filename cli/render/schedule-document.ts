/** A schedule as one JSON document, for programs: what `--json` prints. */
import type { ScheduledRun, ScheduleView } from '../schedule/schedule-view.ts';

/** Times are ISO 8601, UTC. */
export interface ScheduleDocument {
  readonly id: string;
  readonly cron: readonly string[];
  readonly timeZone: string;
  readonly jitterSeconds: number;
  readonly catchUpSeconds: number;
  readonly overlap: string;
  readonly pausesOnFailure: boolean;
  readonly paused: boolean;
  readonly note: string | null;
  readonly input: unknown;
  /** When the next runs are due; none while it is paused. */
  readonly next: readonly string[];
  /** The newest first. */
  readonly runs: readonly ScheduledRunDocument[];
  readonly counts: ScheduleView['counts'];
  /** The schedule's page in the Temporal UI. */
  readonly url: string | null;
}

export interface ScheduledRunDocument {
  readonly workflowId: string;
  readonly runId: string;
  readonly status: string;
  /** The gate's, or `unchanged`. */
  readonly verdict: string | null;
  readonly dueAt: string;
  readonly startedAt: string;
  readonly closedAt: string | null;
}

export function scheduleDocument(view: ScheduleView, url: string | null): ScheduleDocument {
  const { jitter, catchUp, nextTimes, runs, ...same } = view;
  return {
    ...same,
    jitterSeconds: jitter / 1_000,
    catchUpSeconds: catchUp / 1_000,
    next: view.paused ? [] : nextTimes.map(iso),
    runs: runs.map(runDocument),
    url,
  };
}

function runDocument({
  workflowId,
  runId,
  status,
  verdict,
  dueAt,
  startedAt,
  closedAt,
}: ScheduledRun): ScheduledRunDocument {
  return {
    workflowId,
    runId,
    status,
    verdict,
    dueAt: iso(dueAt),
    startedAt: iso(startedAt),
    closedAt: closedAt === null ? null : iso(closedAt),
  };
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
