/** The limit that a run's input sets to its own time. */
import { ApplicationFailure, CancellationScope, isCancellation } from '@temporalio/workflow';
import { TIMED_OUT } from '../contracts/failures.ts';

const HOUR_MS = 3_600_000;

/**
 * Cancels `work` when it takes longer than the input allows: unlike Temporal's own timeout, the run says so itself.
 *
 * @throws ApplicationFailure of type TimedOut
 */
export async function inTime<R>(timeoutHours: number, work: () => Promise<R>): Promise<R> {
  const whole = CancellationScope.current();
  try {
    return await CancellationScope.withTimeout(timeoutHours * HOUR_MS, work);
  } catch (error) {
    if (!(error instanceof Error) || !isCancellation(error) || whole.consideredCancelled) throw error;
    throw ApplicationFailure.create({
      type: TIMED_OUT,
      message:
        `The run has taken longer than timeoutHours ${timeoutHours}: what it has done is kept, and the next one goes ` +
        'on from there. Set timeoutHours higher if it needs more.',
      nonRetryable: true,
      cause: error,
    });
  }
}
