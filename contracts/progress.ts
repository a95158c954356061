/** What a run tells about itself while it runs: the answer to the `progress` query, and heartbeat details. */
import type { Provenance } from './artifact.ts';
import type { Intervention } from './control.ts';
import type { GateResult } from './gate.ts';
import type { MetricValues } from './metrics.ts';

export const STEP_NAMES = [
  'resolve',
  'split',
  'read-guards',
  'bm25',
  'export-base',
  'embed-base',
  'index-base',
  'evaluate-base',
  'embed-champion',
  'index-champion',
  'evaluate-champion',
  'embed-train',
  'mine-negatives',
  'fine-tune',
  'export-tuned',
  'embed-tuned',
  'index-tuned',
  'evaluate-tuned',
  'compare',
  'guard-reference',
  'guard-tuned',
  'judge',
  'promote',
  'track',
  'record',
] as const;

export type StepName = (typeof STEP_NAMES)[number];

export type StepState = 'waiting' | 'running' | 'done' | 'failed' | 'skipped';

export interface StepProgress {
  readonly name: StepName;
  readonly state: StepState;
  /** True when the result was taken from an earlier run, undefined until the step is done. */
  readonly cached?: boolean;
  /** The run that made the result. */
  readonly madeBy?: Provenance;
  /** Milliseconds since the epoch, workflow time. */
  readonly startedAt?: number;
  readonly finishedAt?: number;
  /** One line for people: counts, a warning, the reason of a failure. */
  readonly note?: string;
  /** Work units done and in all, where the step counts them (texts, training steps). */
  readonly done?: number;
  readonly total?: number;
}

/** Answer to the `progress` query. */
export interface RunProgress {
  readonly preset: string;
  /** What the run is called. */
  readonly name?: string;
  readonly steps: readonly StepProgress[];
  /** Filled as evaluations end. */
  readonly metrics: { readonly bm25?: MetricValues; readonly base?: MetricValues; readonly fineTuned?: MetricValues };
  readonly texts: { readonly encoded: number; readonly cached: number };
  /** No further step starts until somebody resumes the run; null: it runs. */
  readonly paused: (Intervention & { readonly since: number }) | null;
  /** The run waits for an approval until then (milliseconds since the epoch); null: it does not. */
  readonly approvalUntil: number | null;
  /** Null until the candidate has been judged. */
  readonly gate: GateResult | null;
}

/** Work units done, of all there are. */
export interface WorkCount {
  readonly done: number;
  readonly total: number;
}

/** Sent by the work on a step to its run, where it waits for something outside: one line for people. */
export interface NotedSignal {
  readonly step: StepName;
  readonly note: string;
}

/** How earlier versions counted, and noted. A signal is history, so counts are queried and heartbeat today. */
export interface CountedSignal extends WorkCount {
  readonly step: StepName;
  readonly note?: string;
}

/** Heartbeat details of every long activity: a hint for watchers, never the truth about progress. */
export interface HeartbeatDetails {
  readonly step: StepName;
  readonly done: number;
  readonly total: number;
  readonly unit: 'texts' | 'steps' | 'bytes';
  /** Units a second, over the recent past. */
  readonly rate?: number;
  /** Latest training loss. */
  readonly loss?: number;
  /** Newest value of each training metric by its W&B name: `train/learning_rate`, `dev/…`. */
  readonly metrics?: MetricValues;
  /** What it is doing, when not counting: "loading model", "saving checkpoint". */
  readonly doing?: string;
  /** State of another run's claim on the training that this one waits for, as it was when this attempt looked. */
  readonly seenClaim?: string;
}

/** What a heartbeat carries: the progress of an activity that counts, and what is kept for all of them. */
export interface Heartbeat extends Partial<HeartbeatDetails> {
  /** What the activity waits for: "the object store s3://veille/: it answers 503 SlowDown (attempt 3)". */
  readonly waitsFor?: string;
  /** Attempts of this activity so far that ended with a fault of unknown kind. */
  readonly unknownFaults?: number;
}
