/** What the schedules of a namespace start their runs with: their uploaded sources must stay in the bucket. */
import type { Client } from '@temporalio/client';

/**
 * The inputs of all schedules, paused ones too.
 *
 * @throws {import('@temporalio/client').ServiceError}
 */
export async function scheduledInputs({ schedule }: Client): Promise<unknown[]> {
  const inputs: unknown[] = [];
  for await (const { scheduleId } of schedule.list()) {
    const { action } = await schedule.getHandle(scheduleId).describe();
    inputs.push(action.args);
  }
  return inputs;
}
