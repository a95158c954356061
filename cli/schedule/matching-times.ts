/** Asks Temporal when a schedule has, or would have had, a run due. */
import type { Client } from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import type { TimeRange } from './backfill-range.ts';

/** The server lists no more, and keeps no more runs waiting. */
export const MOST_TIMES = 1_000;

/** @returns milliseconds since the epoch, in order, {@link MOST_TIMES} at most */
export async function matchingTimes(client: Client, scheduleId: string, { from, to }: TimeRange): Promise<number[]> {
  const { startTime } = await client.workflowService.listScheduleMatchingTimes({
    namespace: client.options.namespace,
    scheduleId,
    // Listing leaves its start out, which a backfill takes in.
    startTime: msToTs(from - 1),
    endTime: msToTs(to),
  });
  return startTime.map(tsToMs);
}
