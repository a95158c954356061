/** What `sweep` and its trials return, and the answer to the `sweep` query. Free of zod: workflow code imports it. */
import type { MetricValues } from './metrics.ts';
import type { RunProgress, StepProgress } from './progress.ts';
import type { RunResult } from './run-result.ts';

/** Metrics that the trainer measures on the dev part, by their W&B names. */
export const DEV_METRICS = ['dev/ndcg@10', 'dev/mrr@10', 'dev/r@1', 'dev/r@5', 'dev/r@10'] as const;

export type DevMetric = (typeof DEV_METRICS)[number];

/** What one trial changes: dotted path below `training` → value. */
export type TrainingChanges = Readonly<Record<string, unknown>>;

/** What one trial has shown: nothing of it was measured on the test part. */
export interface TrialResult {
  /** On the dev part, at the step whose weights were kept. */
  readonly metrics: MetricValues;
  /** Steps trained. */
  readonly steps: number;
  readonly bestStep: number | null;
  /** The step `fine-tune`, as the steps of a run: cached or computed, made by whom, from when to when. */
  readonly training: StepProgress;
  /** Texts of the train part, where it was mined. */
  readonly texts: RunResult['texts'];
}

export interface TrialProgress {
  /** Counts from 1; its workflow ID is that of the sweep, `/` and this. */
  readonly number: number;
  readonly changes: TrainingChanges;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  /** Milliseconds since the epoch, workflow time. */
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly result?: TrialResult;
  /** Why it ended without a result; null as type: not by a failure of the closed list. */
  readonly failure?: { readonly type: string | null; readonly message: string };
}

/** The trial that was best, and the run that measures it. */
export interface SweepWinner {
  readonly trial: number;
  /** Of its `retrain`, which may wait for an approval. */
  readonly workflowId: string;
}

/** Answer to the `sweep` query. */
export interface SweepProgress {
  readonly metric: DevMetric;
  readonly trials: readonly TrialProgress[];
  /** Combinations that were left out, since an earlier one says the same. */
  readonly repeated: number;
  /** What the trials share, done once by the sweep itself. */
  readonly shared: readonly StepProgress[];
  /** Encoded and found by the sweep and its trials; the winner's run counts its own. */
  readonly texts: RunResult['texts'];
  readonly paused: RunProgress['paused'];
  /** Null until all trials have ended. */
  readonly winner: SweepWinner | null;
}

export interface SweepResult extends Omit<SweepProgress, 'shared' | 'paused' | 'winner'> {
  readonly winner: SweepWinner;
  /** The winner's retraining: the only look at the test part. */
  readonly run: RunResult;
}

/**
 * The trials as a leaderboard: those that are done by the metric, best first and of equal ones the earlier, then those
 * that run, failed, wait.
 */
export function ranking(trials: readonly TrialProgress[], metric: DevMetric): TrialProgress[] {
  const order = ['done', 'running', 'failed', 'waiting'];
  const value = ({ result }: TrialProgress): number => result?.metrics[metric] ?? Number.NEGATIVE_INFINITY;
  return [...trials].sort(
    (a, b) =>
      order.indexOf(a.state) - order.indexOf(b.state) ||
      (a.state === 'done' ? Math.sign(value(b) - value(a)) || 0 : 0) ||
      a.number - b.number,
  );
}

/** `learningRate 0.0005, lora.r 8`; what changes nothing is the base itself. */
export function changesText(changes: TrainingChanges): string {
  const parts = Object.entries(changes).map(([path, value]) => `${path} ${JSON.stringify(value)}`);
  return parts.join(', ') || 'base as it is';
}
