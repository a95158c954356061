/** The limit that a run's input sets to its own time. */
import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import { TIMED_OUT } from '../contracts/failures.ts';
import { refusal } from './failures.ts';

const HOUR_MS = 3_600_000;

/**
 * Cancels `work` when it takes longer than the input allows: unlike Temporal's own timeout, the run says so itself.
 *
 * @throws ApplicationFailure of type TimedOut
 */
export async function inTime<R>(timeoutHours: number, work: () => Promise<R>): Promise<R> {
  const whole = CancellationScope.current();
  try {
    return await withTimer(timeoutHours, work);
  } catch (error) {
    if (!(error instanceof Error) || !isCancellation(error) || whole.consideredCancelled) throw error;
    throw refusal(
      TIMED_OUT,
      `The run has taken longer than timeoutHours ${timeoutHours}: what it has done is kept, and the next one ` +
        'continues from there. Set timeoutHours higher if it needs more.',
      error,
    );
  }
}

/** As `CancellationScope.withTimeout` does, whose timer has no words in the Temporal UI. */
function withTimer<R>(hours: number, work: () => Promise<R>): Promise<R> {
  const scope = new CancellationScope();
  return scope.run(async () => {
    const timer = new CancellationScope();
    const ended = timer.run(() => sleep(hours * HOUR_MS, { summary: `time limit of the run: timeoutHours ${hours}` }));
    void ended.then(
      () => scope.cancel(),
      () => undefined,
    );
    try {
      return await work();
    } finally {
      if (!timer.consideredCancelled) timer.cancel();
    }
  });
}
