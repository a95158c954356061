/** Failures of the trainer are counted here: Temporal retries preemptions and lost machines without limit. */
import { TRAINER_FAILED } from '../contracts/failures.ts';
import { applicationFailure } from './failures.ts';
import { TRAINER_ERRORS } from './options.ts';

/** A trainer that failed may have met a bad machine: a few more tries, each from the last checkpoint. */
export async function withTrainerRetries<R>(attempt: () => Promise<R>): Promise<R> {
  for (let errors = 1; ; errors++) {
    try {
      return await attempt();
    } catch (error) {
      if (applicationFailure(error)?.type !== TRAINER_FAILED || errors === TRAINER_ERRORS) throw error;
    }
  }
}
