/** A step as watchers see it: what the workflow says of it, together with what its activities say. */
import type { Provenance } from '../../contracts/artifact.ts';
import type { MetricValues } from '../../contracts/metrics.ts';
import type { HeartbeatDetails, StepName, StepProgress, StepState } from '../../contracts/progress.ts';
import type { ActivityView, RunView } from './run-view.ts';

/** Work units done, summed over the step's activities. */
export interface WorkView {
  readonly done: number;
  readonly total: number;
  readonly unit: HeartbeatDetails['unit'];
  /** Units a second. */
  readonly rate: number | null;
  readonly loss: number | null;
  /** Newest values of a training by their W&B names; empty elsewhere. */
  readonly metrics: MetricValues;
}

/** An activity that failed and is, or will be, tried again. */
export interface RetryView {
  readonly activity: string;
  readonly attempt: number;
  readonly reason: string;
  /** Milliseconds until the attempt starts; null when it is under way. */
  readonly startsIn: number | null;
}

export interface StepView {
  readonly name: StepName;
  readonly state: StepState;
  /** Milliseconds; null before it starts. */
  readonly duration: number | null;
  /** Undefined until the step is done. */
  readonly cached: boolean | undefined;
  /** The run that made the result. */
  readonly madeBy: Provenance | null;
  readonly note: string | null;
  readonly work: WorkView | null;
  /** "loading model", "waiting for a worker": what it does while it does not count. */
  readonly doing: string | null;
  /** The service that one of its activities waits for; null when none does. */
  readonly waitsFor: string | null;
  readonly retries: readonly RetryView[];
}

/** The run's steps in order; empty where no worker tells, and where the run took a whole earlier result. */
export function stepViews(view: RunView): StepView[] {
  const ended = view.result?.unchangedSince ? [] : (view.result?.steps ?? []);
  return (view.progress?.steps ?? ended).map((step) => stepView(step, view));
}

/** Retries of activities for which no step is known. */
export function strayRetries(view: RunView): RetryView[] {
  const steps = new Set(stepViews(view).map(({ name }) => name));
  return retries(
    view.activities.filter(({ step }) => step === null || !steps.has(step)),
    view.takenAt,
  );
}

function stepView(step: StepProgress, view: RunView): StepView {
  const activities = step.state === 'running' ? view.activities.filter((activity) => activity.step === step.name) : [];
  return {
    name: step.name,
    state: step.state,
    duration: step.startedAt === undefined ? null : Math.max(0, (step.finishedAt ?? view.takenAt) - step.startedAt),
    cached: step.cached,
    madeBy: step.madeBy ?? null,
    note: step.note ?? null,
    work: step.state === 'running' ? work(step, activities) : null,
    doing: doing(activities),
    waitsFor: activities.find(({ waitsFor }) => waitsFor !== null)?.waitsFor ?? null,
    retries: retries(activities, view.takenAt),
  };
}

/**
 * A step that is cut into many activities counts the finished ones itself, and the open ones heartbeat their share;
 * a step of one activity is counted by its heartbeat alone.
 */
function work(step: StepProgress, activities: readonly ActivityView[]): WorkView | null {
  const beats = activities.flatMap(({ heartbeat }) => (heartbeat && heartbeat.total > 0 ? [heartbeat] : []));
  const beatsDone = sum(beats.map(({ done }) => done));
  const beatsTotal = sum(beats.map(({ total }) => total));
  const shared = step.total !== undefined && step.total > beatsTotal;
  const total = shared ? (step.total ?? 0) : beatsTotal;
  if (total === 0) return null;
  const rates = beats.flatMap(({ rate }) => (rate === undefined ? [] : [rate]));
  return {
    done: Math.min(total, beatsDone + (shared ? (step.done ?? 0) : 0)),
    total,
    unit: beats[0]?.unit ?? (step.name === 'fine-tune' ? 'steps' : 'texts'),
    rate: rates.length > 0 ? sum(rates) : null,
    loss: beats.find(({ loss }) => loss !== undefined)?.loss ?? null,
    metrics: beats.find(({ metrics }) => metrics !== undefined)?.metrics ?? {},
  };
}

function doing(activities: readonly ActivityView[]): string | null {
  const said = activities.find(({ heartbeat }) => heartbeat?.doing)?.heartbeat?.doing;
  const allQueued = activities.length > 0 && activities.every(({ queued }) => queued);
  return allQueued ? 'waiting for a worker' : (said ?? null);
}

function retries(activities: readonly ActivityView[], now: number): RetryView[] {
  return activities.flatMap(({ type, attempt, lastFailure, nextAttemptAt }) =>
    attempt > 1 || nextAttemptAt !== null
      ? [
          {
            activity: type,
            attempt,
            reason: lastFailure ?? 'no reason given',
            startsIn: nextAttemptAt === null ? null : Math.max(0, nextAttemptAt - now),
          },
        ]
      : [],
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
