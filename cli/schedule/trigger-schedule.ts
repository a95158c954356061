/** Starts a run of a schedule now, and finds out what became of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, ScheduleDescription } from '@temporalio/client';
import { CliError, EXIT } from '../exit.ts';
import type { RunId } from '../observe/run-view.ts';
import { withSchedule } from './find-schedule.ts';
import { waitingRuns } from './read-schedule.ts';

/** Temporal takes the request at once and acts on it within milliseconds; this is for a very busy server. */
const OUTCOME_TIMEOUT_MS = 15_000;
const POLL_MS = 100;

export type TriggerOutcome =
  | { readonly outcome: 'started'; readonly run: RunId }
  /** By the schedule's overlap policy, because of the runs that go on. */
  | { readonly outcome: 'skipped' | 'waiting'; readonly running: readonly RunId[] };

/**
 * Paused or not, by the schedule's own overlap policy.
 *
 * @throws {UsageError} when there is no such schedule
 * @throws {CliError} when Temporal does not act on it in time
 */
export async function triggerSchedule(client: Client, id: string): Promise<TriggerOutcome> {
  return withSchedule(client, id, async (handle) => {
    const before = await handle.describe();
    await handle.trigger(before.policies.overlap);
    const deadline = performance.now() + OUTCOME_TIMEOUT_MS;
    for (;;) {
      const outcome = outcomeOf(before, await handle.describe());
      if (outcome !== null) return outcome;
      if (performance.now() > deadline) {
        throw new CliError(
          `Temporal took the request, but ${OUTCOME_TIMEOUT_MS / 1_000} s later there is no run of it. ` +
            `\`veille schedule show ${id}\` tells whether it came later.`,
          EXIT.failed,
        );
      }
      await sleep(POLL_MS);
    }
  });
}

/** Null while nothing has become of it. */
function outcomeOf(before: ScheduleDescription, now: ScheduleDescription): TriggerOutcome | null {
  const newest = runOf(now.info.recentActions.at(-1)?.action);
  const known = before.info.recentActions.map(({ action }) => runOf(action)?.runId);
  if (newest && !known.includes(newest.runId)) return { outcome: 'started', run: newest };
  const running = runningRuns(now);
  if (now.info.numActionsSkippedOverlap > before.info.numActionsSkippedOverlap) return { outcome: 'skipped', running };
  if (running.length > 0 && waitingRuns(now) > waitingRuns(before)) return { outcome: 'waiting', running };
  return null;
}

type Action = ScheduleDescription['info']['runningActions'][number];

/** The runs of a schedule that go on. */
export function runningRuns({ info }: ScheduleDescription): RunId[] {
  return info.runningActions.flatMap((action) => runOf(action) ?? []);
}

function runOf(action: Action | undefined): RunId | null {
  if (action === undefined) return null;
  const { workflowId, firstExecutionRunId } = action.workflow;
  return { workflowId, runId: firstExecutionRunId };
}
