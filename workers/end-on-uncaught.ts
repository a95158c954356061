/** An error that nobody owns ends the worker, as its state is not known any more, and not before it was logged. */
import type { Logger } from 'pino';
import { boundMessage } from '../contracts/quote.ts';
import { currentActivity, runningActivities } from '../activities/durable.ts';

/** Characters of a stack trace, whose first lines repeat the message. */
const LONGEST_STACK = 8_000;

/**
 * Logs an uncaught error, or a rejection that nobody handles, with the activity in which it arose, where that is known,
 * and all that were running. Temporal gives those to another attempt when their heartbeats stop.
 *
 * @param exit ends the process
 */
export function endOnUncaught(logger: Logger, exit: (code: number) => void = (code) => process.exit(code)): () => void {
  const onError = (error: unknown): void => {
    const activity = currentActivity();
    logger.fatal(
      {
        error: error instanceof Error ? error.stack?.slice(0, LONGEST_STACK) : messageOf(error),
        activity,
        running: runningActivities(),
      },
      `the worker ends: uncaught error${activity === null ? '' : ` in activity ${activity}`}: ${messageOf(error)}`,
    );
    exit(1);
  };
  process.on('uncaughtException', onError);
  return () => void process.off('uncaughtException', onError);
}

function messageOf(error: unknown): string {
  return boundMessage(error instanceof Error ? error.message : String(error));
}
