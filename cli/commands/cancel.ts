/** `veille cancel`: ends a run, and keeps what it has done. */
import { Command } from 'commander';
import { print, type CliContext } from '../context.ts';
import { CliError, EXIT } from '../exit.ts';
import { readAnyRun } from '../observe/read-run.ts';
import { elapsed } from '../observe/run-view.ts';
import { noScreen } from '../observe/watch-run.ts';
import { formatDuration } from '../render/quantity.ts';
import { doingText } from '../render/run-state.ts';
import { followToEnd, runFailed } from './follow.ts';

const EXAMPLES = `
A training saves a checkpoint and stops within a step. What is in the bucket stays: steps that are done, embedded texts,
checkpoints. A run with the same input goes on from there.

Examples:
  $ veille cancel nightly-2026-11-24
  $ veille cancel nightly-2026-11-24 --wait && veille run --config nightly.json

Exit code: 0 cancelled, or on its way to be; 1 the run had ended, or ended in another way; 2 no such run; 3 Temporal
does not answer.`;

export interface CancelOptions {
  readonly wait?: boolean;
}

export function cancelCommand(context: () => CliContext): Command {
  return new Command('cancel')
    .description('end a run; the next one goes on from what it has done')
    .argument('<workflow>', "the run's workflow ID")
    .option('--wait', 'wait until it has ended')
    .addHelpText('after', EXAMPLES)
    .action((workflowId: string, options: CancelOptions) => cancel(context(), workflowId, options));
}

/**
 * @throws {RunNotFoundError} when there is no such run
 * @throws {CliError} when it had ended before, or ends in another way meanwhile
 */
export async function cancel(context: CliContext, workflowId: string, { wait }: CancelOptions): Promise<void> {
  const { terminal, temporal } = context;
  const client = await temporal.client();
  const run = await readAnyRun(client, workflowId);
  // Temporal takes the request for a run that has ended too, and does nothing.
  if (run.status !== 'running') {
    throw new CliError(`Run ${workflowId} can't be cancelled: ${doingText(run)}.`, EXIT.failed);
  }
  await client.workflow.getHandle(workflowId, run.runId).cancel();
  print(terminal.out, [
    `Run ${workflowId} is being cancelled. Its checkpoints, embeddings and finished steps are kept: the next run with its ` +
      'input goes on from them.',
  ]);
  if (!wait) return;
  const look = (): ReturnType<typeof readAnyRun> => readAnyRun(client, workflowId, run.runId);
  const end = await followToEnd(client, look, noScreen, context.interruptSignal(), `veille watch ${workflowId}`);
  if (end.status === 'failed') throw runFailed(context, end);
  if (end.status !== 'cancelled') throw new CliError(`Run ${workflowId} was quicker: ${doingText(end)}.`, EXIT.failed);
  print(terminal.out, [`Run ${workflowId} has ended: cancelled after ${formatDuration(elapsed(end))}.`]);
}
