/** Starts a workflow: what `run`, `demo` and `sweep` share. */
import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { CPU_QUEUE, RETRAIN_WORKFLOW, type SWEEP_WORKFLOW } from '../contracts/queues.ts';
import { UsageError } from './exit.ts';
import type { InputObject } from './input/assignment.ts';
import type { RunId } from './observe/run-view.ts';
import { priorityOf, type PriorityName } from './priority.ts';
import { runDescription, type RunDescription } from './run-description.ts';

interface StartOptions {
  readonly priority: PriorityName;
  readonly description: RunDescription;
  readonly watch: string;
}

/** @throws {UsageError} when a run with this workflow ID is going on. */
export function startRun(
  client: Client,
  workflowId: string,
  input: InputObject,
  priority: PriorityName,
): Promise<RunId> {
  return startWorkflow(client, RETRAIN_WORKFLOW, workflowId, input, {
    priority,
    description: runDescription(input),
    watch: 'veille watch',
  });
}

/**
 * @param options.watch command that shows what is going on, but for the workflow ID
 * @throws {UsageError} when something with this workflow ID is going on.
 */
export async function startWorkflow(
  client: Client,
  type: typeof RETRAIN_WORKFLOW | typeof SWEEP_WORKFLOW,
  workflowId: string,
  input: InputObject,
  { priority, description, watch }: StartOptions,
): Promise<RunId> {
  try {
    const handle = await client.workflow.start<(input: InputObject) => Promise<unknown>>(type, {
      taskQueue: CPU_QUEUE,
      workflowId,
      args: [input],
      priority: priorityOf(priority),
      ...description,
    });
    return { workflowId, runId: handle.firstExecutionRunId };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new UsageError(
      `A run with the workflow ID "${workflowId}" is going on. See it with \`${watch} ${workflowId}\`, or choose another --id.`,
      { cause: error },
    );
  }
}

/** `demo-20261124-073130`: sorts by time (UTC), and reads as one. */
export function timedId(prefix: string, time: Date): string {
  return `${prefix}-${time.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}`;
}
