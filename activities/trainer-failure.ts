/** From the end of a trainer process to the failure that the run shows. */
import { ApplicationFailure } from '@temporalio/activity';
import type { TrainerEnd } from '../adapters/trainer/trainer-process.ts';
import {
  ENVIRONMENT_BROKEN,
  INVALID_DATA,
  INVALID_INPUT,
  NON_FINITE_LOSS,
  OUT_OF_MEMORY,
  PREEMPTED,
  TRAINER_FAILED,
  UNFIT_RETRY_MS,
  UNFIT_WORKER,
  type FailureType,
  type TrainerFailureDetails,
} from '../contracts/failures.ts';
import { TRAINER_EXIT, type TrainerEvent } from '../contracts/trainer.ts';

type FailedEvent = Extract<TrainerEvent, { type: 'failed' }>;

const TYPES: Readonly<Record<FailedEvent['error'], FailureType>> = {
  InvalidJob: INVALID_INPUT,
  InvalidData: INVALID_DATA,
  NonFiniteLoss: NON_FINITE_LOSS,
  OutOfMemory: OUT_OF_MEMORY,
  UnfitDevice: UNFIT_WORKER,
  Environment: ENVIRONMENT_BROKEN,
  Internal: TRAINER_FAILED,
};

/** The failures that repeat themselves with the same bits on any machine. */
const FINAL: readonly FailureType[] = [INVALID_INPUT, INVALID_DATA, NON_FINITE_LOSS, ENVIRONMENT_BROKEN];

/** What is known of a training that did not end well, beside what its process said. */
export interface TrainingState {
  /** Newest checkpoint in the store; null when there is none. */
  readonly checkpointStep: number | null;
  /** Pairs that a forward pass held. */
  readonly microBatch: number;
}

/**
 * The failure for a trainer that did not finish: its exit code, its last words and where its whole log is.
 * A preemption is retried at once and is no error.
 *
 * @param training null for a job that trains nothing
 */
export function trainerFailure(
  end: TrainerEnd,
  log: string | null,
  training: TrainingState | null = null,
): ApplicationFailure {
  const where = log === null ? '' : ` (whole log: ${log})`;
  if (isPreemption(end))
    return ApplicationFailure.create({
      type: PREEMPTED,
      message: `The trainer was told to stop ${howItStopped(end)}${where}`,
      nextRetryDelay: '1 millisecond',
    });
  const type = end.failure ? TYPES[end.failure.error] : TRAINER_FAILED;
  const resumed = training ? `; ${checkpointNote(training)}` : '';
  const details: TrainerFailureDetails = {
    exitCode: end.exitCode,
    signal: end.signal,
    lastWords: end.lastWords,
    log,
    checkpointStep: training?.checkpointStep ?? null,
    microBatch: training?.microBatch ?? null,
  };
  return ApplicationFailure.create({
    type,
    message: `The trainer ${howItEnded(end)}${resumed}${where}`,
    nonRetryable: FINAL.includes(type),
    details: [details],
    ...(type === UNFIT_WORKER ? { nextRetryDelay: UNFIT_RETRY_MS } : {}),
  });
}

/** Before it can save anything, a trainer that is told to stop dies of the signal itself. */
function isPreemption({ exitCode, signal, killed }: TrainerEnd): boolean {
  return (
    exitCode === TRAINER_EXIT.preempted || killed === 'not stopping' || signal === 'SIGTERM' || signal === 'SIGINT'
  );
}

function howItStopped({ preempted, killed, lastDid }: TrainerEnd): string {
  if (killed === 'not stopping') return `after ${lastDid ?? 'its start'}, did not in time, and was killed`;
  if (preempted?.path) return `at step ${preempted.step} and saved its state`;
  return 'before there was anything to save';
}

function howItEnded({ exitCode, signal, killed, silenceSeconds, failure, lastDid, lastWords }: TrainerEnd): string {
  const after = lastDid === null ? 'its start' : lastDid;
  const said = failure?.message ?? lastWords;
  if (killed === 'silent') return `reported nothing for ${silenceSeconds} s after ${after}, and was killed`;
  if (exitCode !== null) {
    const atStep = failure?.step ? ` at step ${failure.step}` : '';
    return `exited with ${exitCode}${atStep}: ${said || 'it said nothing'}`;
  }
  const guess = signal === 'SIGKILL' ? OUT_OF_HOST_MEMORY : '';
  return `was killed by ${signal ?? 'a signal'} after ${after}${guess}${said ? `: ${said}` : ''}`;
}

const OUT_OF_HOST_MEMORY =
  ', which nobody here sent: most likely the kernel, for want of memory (its log, dmesg, says so); ' +
  'give the machine more, or lower training.batchSize or training.maxSeqLength';

function checkpointNote({ checkpointStep }: TrainingState): string {
  return checkpointStep === null ? 'no checkpoint yet' : `last good checkpoint: step ${checkpointStep}`;
}
