/** Takes one look at a sweep, at its trials that run, and at the winner's run. */
import type { Client } from '@temporalio/client';
import { SWEEP_QUERY, SWEEP_WORKFLOW } from '../../contracts/queues.ts';
import type { SweepProgress, SweepResult } from '../../contracts/sweep-result.ts';
import { UsageError } from '../exit.ts';
import { readRun } from './read-run.ts';
import { readWorkflow } from './read-workflow.ts';
import { readFailure } from './run-failure.ts';
import type { OpenChild, SweepView } from './sweep-view.ts';

/**
 * @param runId a certain run of the workflow ID; undefined for its latest.
 * @throws {RunNotFoundError} when there is no such workflow.
 * @throws {UsageError} when it is no sweep.
 * @throws {ServiceError} when Temporal does not answer.
 */
export async function readSweep(client: Client, workflowId: string, runId?: string): Promise<SweepView> {
  const { view, description, error } = await readWorkflow<SweepProgress, SweepResult>(
    client,
    workflowId,
    runId,
    SWEEP_QUERY,
  );
  if (description.type !== SWEEP_WORKFLOW)
    throw new UsageError(`${workflowId} is no sweep: see it with \`veille show ${workflowId}\`.`);
  return {
    ...view,
    open: view.status === 'running' && view.progress ? await openChildren(client, workflowId, view.progress) : [],
    failure: error ? readFailure(error, null) : null,
  };
}

async function openChildren(
  client: Client,
  sweep: string,
  { trials, winner }: SweepProgress,
): Promise<readonly OpenChild[]> {
  const running = trials.filter(({ state }) => state === 'running');
  const children = [
    ...running.map(({ number }) => ({ name: `trial ${number}`, workflowId: `${sweep}/${number}` })),
    ...(winner ? [{ name: 'winner', workflowId: winner.workflowId }] : []),
  ];
  return (await Promise.all(children.map(async (child) => lookAt(client, child)))).flat();
}

/** Nothing where the child has not started yet, or has just ended. */
async function lookAt(
  client: Client,
  { name, workflowId }: { readonly name: string; readonly workflowId: string },
): Promise<OpenChild[]> {
  try {
    return [{ name, view: await readRun(client, workflowId) }];
  } catch (error) {
    if (error instanceof UsageError) return [];
    throw error;
  }
}
