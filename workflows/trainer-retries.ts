/** Failures of the trainer are counted here: Temporal retries preemptions and lost machines without limit. */
import { ApplicationFailure } from '@temporalio/workflow';
import { counted } from '../contracts/count.ts';
import { OUT_OF_MEMORY, TRAINER_FAILED, type TrainerFailureDetails } from '../contracts/failures.ts';
import { applicationFailure } from './failures.ts';
import { TRAINER_ERRORS } from './options.ts';

/**
 * A trainer that failed may have met a bad machine: a few more tries, each from the last checkpoint. When memory did
 * not hold a batch, the next attempt computes it in parts of half the size, which is no error.
 *
 * @param attempt takes the pairs a forward pass that memory holds (null: as the recipe says) and its number, from 1
 * @param tell takes one line for people before each further attempt
 */
export async function withTrainerRetries<R>(
  attempt: (memoryMicroBatch: number | null, number: number) => Promise<R>,
  tell: (why: string) => void,
): Promise<R> {
  const errors = new ErrorCount();
  let memoryMicroBatch: number | null = null;
  for (let number = 1; ; number++) {
    try {
      return await attempt(memoryMicroBatch, number);
    } catch (error) {
      const failure = applicationFailure(error);
      const details = detailsOf(failure);
      if (failure?.type === OUT_OF_MEMORY && details?.microBatch) {
        memoryMicroBatch = halfOf(details.microBatch, failure);
        tell(`out of memory: computing in parts of ${counted(memoryMicroBatch, 'pair')}`);
      } else if (isTrainerError(failure) && errors.allowsAnother(details)) tell(`trying again: ${failure.message}`);
      else throw error;
    }
  }
}

/**
 * Three failures at the same place are a fault that stays; one after a newer checkpoint than at the failure before is
 * the first of a new place, so that a training which goes on in spite of kills is not given up.
 */
class ErrorCount {
  #errors = 0;
  #checkpointStep = -1;

  allowsAnother(details: TrainerFailureDetails | null): boolean {
    const step = details?.checkpointStep ?? -1;
    if (step > this.#checkpointStep) this.#errors = 0;
    this.#checkpointStep = Math.max(step, this.#checkpointStep);
    return ++this.#errors < TRAINER_ERRORS;
  }
}

/** An export that runs out of memory has no batch to halve: it may be luckier beside other processes. */
function isTrainerError(failure: ApplicationFailure | null): failure is ApplicationFailure {
  return failure?.type === TRAINER_FAILED || failure?.type === OUT_OF_MEMORY;
}

function halfOf(microBatch: number, failure: ApplicationFailure): number {
  if (microBatch > 1) return Math.floor(microBatch / 2);
  throw ApplicationFailure.create({
    type: OUT_OF_MEMORY,
    message:
      'Memory does not hold a single pair: lower training.maxSeqLength, set training.gradientCheckpointing, or train ' +
      `on a larger device. ${failure.message}`,
    nonRetryable: true,
    cause: failure,
  });
}

function detailsOf(failure: ApplicationFailure | null): TrainerFailureDetails | null {
  return (failure?.details?.[0] as TrainerFailureDetails | undefined) ?? null;
}
