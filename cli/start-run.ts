/** Starts the `retrain` workflow: what `run` and `demo` share. */
import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { CPU_QUEUE, RETRAIN_WORKFLOW } from '../contracts/queues.ts';
import type { RunResult } from '../contracts/run-result.ts';
import { UsageError } from './exit.ts';
import type { InputObject } from './input/assignment.ts';
import type { RunId } from './observe/run-view.ts';

/** The server keeps no longer summary. */
const SUMMARY_BYTES = 200;

type Retrain = (input: InputObject) => Promise<RunResult>;

/** @throws {UsageError} when a run with this workflow ID is going on. */
export async function startRun(client: Client, workflowId: string, input: InputObject): Promise<RunId> {
  try {
    const handle = await client.workflow.start<Retrain>(RETRAIN_WORKFLOW, {
      taskQueue: CPU_QUEUE,
      workflowId,
      args: [input],
      ...inputSummary(input),
    });
    return { workflowId, runId: handle.firstExecutionRunId };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new UsageError(
      `A run with the workflow ID "${workflowId}" is going on. See it with \`veille watch ${workflowId}\`, or choose another --id.`,
      { cause: error },
    );
  }
}

/** What the Temporal UI shows beside the workflow ID: the input itself, when it is short enough. */
export function inputSummary(input: InputObject): { staticSummary?: string } {
  const text = JSON.stringify(input);
  return text !== '{}' && Buffer.byteLength(text) <= SUMMARY_BYTES ? { staticSummary: text } : {};
}

/** `demo-20261124-073130`: sorts by time (UTC), and reads as one. */
export function timedId(prefix: string, time: Date): string {
  return `${prefix}-${time.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}`;
}
