/** From the end of a trainer process to the failure that the run shows. */
import { ApplicationFailure } from '@temporalio/activity';
import type { TrainerEnd } from '../adapters/trainer/trainer-process.ts';
import {
  ENVIRONMENT_BROKEN,
  INVALID_DATA,
  INVALID_INPUT,
  NON_FINITE_LOSS,
  PREEMPTED,
  TRAINER_FAILED,
  type FailureType,
} from '../contracts/failures.ts';
import { TRAINER_EXIT, type TrainerEvent } from '../contracts/trainer.ts';

type FailedEvent = Extract<TrainerEvent, { type: 'failed' }>;

const TYPES: Readonly<Record<FailedEvent['error'], FailureType>> = {
  InvalidJob: INVALID_INPUT,
  InvalidData: INVALID_DATA,
  NonFiniteLoss: NON_FINITE_LOSS,
  OutOfMemory: TRAINER_FAILED,
  Environment: ENVIRONMENT_BROKEN,
  Internal: TRAINER_FAILED,
};

/** The failures that repeat themselves with the same bits on any machine. */
const FINAL: readonly FailureType[] = [INVALID_INPUT, INVALID_DATA, NON_FINITE_LOSS, ENVIRONMENT_BROKEN];

/**
 * The failure for a trainer that did not finish: its exit code, its last words and where its whole log is.
 * A preemption is retried at once and is no error.
 */
export function trainerFailure(end: TrainerEnd, log: string | null): ApplicationFailure {
  const where = log === null ? '' : ` (whole log: ${log})`;
  if (end.exitCode === TRAINER_EXIT.preempted)
    return ApplicationFailure.create({
      type: PREEMPTED,
      message: `The trainer was told to stop at step ${end.preempted?.step ?? 0} and saved its state${where}`,
      nextRetryDelay: '1 millisecond',
    });
  const ending = end.exitCode === null ? `was killed by ${end.signal ?? 'a signal'}` : `exited with ${end.exitCode}`;
  const type = end.failure ? TYPES[end.failure.error] : TRAINER_FAILED;
  const atStep = end.failure?.step ? ` at step ${end.failure.step}` : '';
  const reason = end.failure?.message ?? (end.lastWords || 'it said nothing');
  return ApplicationFailure.create({
    type,
    message: `The trainer ${ending}${atStep}: ${reason}${where}`,
    nonRetryable: FINAL.includes(type),
    details: [{ exitCode: end.exitCode, signal: end.signal, lastWords: end.lastWords, log }],
  });
}
