/** Sends a run something that it takes or refuses at once, and says why where it does not take it. */
import {
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
} from '@temporalio/client';
import type { Approval } from '../../contracts/control.ts';
import type { RunProgress } from '../../contracts/progress.ts';
import { APPROVE_UPDATE, CPU_QUEUE, PAUSE_UPDATE, RESUME_UPDATE } from '../../contracts/queues.ts';
import { CliError, EXIT } from '../exit.ts';
import { readRun } from '../observe/read-run.ts';
import { doingText } from '../render/run-state.ts';

/** The infinitive for messages, by the update's name. */
const VERBS = { [APPROVE_UPDATE]: 'decided on', [PAUSE_UPDATE]: 'paused', [RESUME_UPDATE]: 'resumed' } as const;

/** An update waits for a worker; a person would rather know that there is none. */
const DEADLINE_MS = 15_000;

/**
 * Sends it to the latest run of the workflow ID.
 *
 * @returns the run's progress once it has taken the message
 * @throws {RunNotFoundError} when there is no such run
 * @throws {CliError} when the run has ended or refuses the message, or no worker takes it in time
 */
export async function sendUpdate(
  client: Client,
  workflowId: string,
  update: keyof typeof VERBS,
  message: Approval,
): Promise<RunProgress> {
  try {
    return await client.withDeadline(Date.now() + DEADLINE_MS, () =>
      client.workflow.getHandle(workflowId).executeUpdate<RunProgress, [Approval]>(update, { args: [message] }),
    );
  } catch (error) {
    throw await refusal(error, client, workflowId, VERBS[update]);
  }
}

/** The error that says what the run does instead; another's error as it is. */
async function refusal(error: unknown, client: Client, workflowId: string, verb: string): Promise<unknown> {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
    return new CliError(
      `No worker on queue ${CPU_QUEUE} has taken it within ${DEADLINE_MS / 1_000} s (veille dev starts one). ` +
        `Whether one does later tells \`veille show ${workflowId}\`.`,
      EXIT.unreachable,
      { cause: error },
    );
  }
  const refused = error instanceof WorkflowUpdateFailedError;
  if (!refused && !(error instanceof WorkflowNotFoundError)) return error;
  // Throws where there is no such run at all.
  const view = await readRun(client, workflowId);
  const why = refused && view.status === 'running' ? `${error.cause?.message ?? error.message}; ` : '';
  return new CliError(`Run ${workflowId} can't be ${verb}: ${why}${doingText(view)}.`, EXIT.failed, { cause: error });
}
