/** One look at a schedule: all that the renderers need, gathered from Temporal at one instant. */
import type { RunId } from '../observe/run-view.ts';

/** Times are milliseconds since the epoch, durations milliseconds. */
export interface ScheduleView {
  readonly id: string;
  /** When runs are due, as cron expressions. */
  readonly cron: readonly string[];
  /** IANA name. */
  readonly timeZone: string;
  readonly jitter: number;
  /** How late a run that was missed while the server was down may still start. */
  readonly catchUp: number;
  readonly overlap: string;
  readonly pausesOnFailure: boolean;
  readonly paused: boolean;
  /** Who did what to it last, and why; null where nobody said. */
  readonly note: string | null;
  /** What each run gets. */
  readonly input: unknown;
  /** When the next runs are due, paused or not. */
  readonly nextTimes: readonly number[];
  /** The newest first. */
  readonly runs: readonly ScheduledRun[];
  /** Since the schedule was made. */
  readonly counts: {
    readonly started: number;
    /** Left out because another run was going on. */
    readonly skipped: number;
    /** Too late for the catch-up window. */
    readonly missed: number;
    /** Due, and waiting for another run to end. */
    readonly waiting: number;
  };
}

export interface ScheduledRun extends RunId {
  readonly dueAt: number;
  readonly startedAt: number;
  readonly closedAt: number | null;
  /** `running`, `completed`, `failed` …, or `no longer kept`. */
  readonly status: string;
  /** The gate's, or `unchanged`; null where the run has none, or the server does not index it. */
  readonly verdict: string | null;
}
