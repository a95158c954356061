/** A schedule by its ID, with one message where there is none. */
import { ScheduleNotFoundError, type Client, type ScheduleHandle } from '@temporalio/client';
import { UsageError } from '../exit.ts';

/**
 * Does `work` with the schedule's handle.
 *
 * @throws {UsageError} when there is no such schedule
 */
export async function withSchedule<T>(
  client: Client,
  id: string,
  work: (handle: ScheduleHandle) => Promise<T>,
): Promise<T> {
  try {
    return await work(client.schedule.getHandle(id));
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    throw new UsageError(
      `No schedule "${id}" in namespace "${client.options.namespace}". \`veille schedule list\` shows those there are.`,
      { cause: error },
    );
  }
}
