/**
 * The closed list of failure types: `ApplicationFailure.type` is always one of these.
 *
 * Free of zod and of Node, since workflow code imports the values.
 */

/** A value in the run's input is wrong. The message has the field's path, the value and what is allowed. */
export const INVALID_INPUT = 'InvalidInput';
/** A data or model source does not exist or can't be read with these credentials. */
export const SOURCE_NOT_FOUND = 'SourceNotFound';
/** A pinned source no longer has the pinned sha256. */
export const SOURCE_CHANGED = 'SourceChanged';
/** The rows are not what the input says: missing column, wrong type, nothing left after cleaning. */
export const INVALID_DATA = 'InvalidData';
/** A stored object's bytes differ from the digest that its reference carries. */
export const CORRUPT_ARTIFACT = 'CorruptArtifact';
/** The object store (or another service) can't be reached now: the run waits and goes on. */
export const UNAVAILABLE = 'Unavailable';
/** The worker lacks something it needs: a Python environment, a library, a device. */
export const ENVIRONMENT_BROKEN = 'EnvironmentBroken';
/** The trainer was told to stop and saved its state; the work goes on elsewhere. */
export const PREEMPTED = 'Preempted';
/** The trainer died or failed; the message has its exit code and last words. */
export const TRAINER_FAILED = 'TrainerFailed';
/** The GPU does not hold a batch: the run goes on with the batch computed in smaller parts. */
export const OUT_OF_MEMORY = 'OutOfMemory';
/** The loss became NaN or infinite: repeating the same bits would fail the same way. */
export const NON_FINITE_LOSS = 'NonFiniteLoss';
/** Another attempt of the same work has taken over; this one stops itself. */
export const FENCED = 'Fenced';
/** Another run trains the same thing: this one leaves its slot to others, and looks again later. */
export const TRAINED_ELSEWHERE = 'TrainedElsewhere';
/** This worker can't compute as the training has begun, or its GPU is broken; another worker may. */
export const UNFIT_WORKER = 'UnfitWorker';
/** Milliseconds before the next try: another worker is to have the time to take the task. */
export const UNFIT_RETRY_MS = 30_000;
/** The run took longer than its input allows. */
export const TIMED_OUT = 'TimedOut';
/** A fault that several attempts did not mend: most likely a bug; the message and the worker's log have it. */
export const INTERNAL = 'Internal';

export const FAILURE_TYPES = [
  INVALID_INPUT,
  SOURCE_NOT_FOUND,
  SOURCE_CHANGED,
  INVALID_DATA,
  CORRUPT_ARTIFACT,
  UNAVAILABLE,
  ENVIRONMENT_BROKEN,
  PREEMPTED,
  TRAINER_FAILED,
  OUT_OF_MEMORY,
  NON_FINITE_LOSS,
  FENCED,
  TRAINED_ELSEWHERE,
  UNFIT_WORKER,
  TIMED_OUT,
  INTERNAL,
] as const;

export type FailureType = (typeof FAILURE_TYPES)[number];

/** Failures that no retry can mend: the run fails at once. */
export const NON_RETRYABLE: FailureType[] = [
  INVALID_INPUT,
  SOURCE_NOT_FOUND,
  SOURCE_CHANGED,
  INVALID_DATA,
  CORRUPT_ARTIFACT,
  ENVIRONMENT_BROKEN,
  NON_FINITE_LOSS,
  TIMED_OUT,
  INTERNAL,
];

/** Failures whose cure is another input: the message says it all, and a stack trace would only bury it. */
export const OF_THE_INPUT: readonly string[] = [
  INVALID_INPUT,
  SOURCE_NOT_FOUND,
  SOURCE_CHANGED,
  INVALID_DATA,
  TIMED_OUT,
] satisfies FailureType[];

/** First detail of the failure of a trainer. */
export interface TrainerFailureDetails {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Last lines of its standard error. */
  readonly lastWords: string;
  /** URL of everything that it printed; null when it could not be stored. */
  readonly log: string | null;
  /** Newest checkpoint that was in the store by then; null: none, or nothing was trained. */
  readonly checkpointStep: number | null;
  /** Pairs that a forward pass held; null where nothing was trained. */
  readonly microBatch: number | null;
}
