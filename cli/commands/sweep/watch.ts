/** `veille sweep watch`: a sweep's trials as they go. */
import { Command } from 'commander';
import { print, runUrl, type CliContext } from '../../context.ts';
import { readSweep } from '../../observe/read-sweep.ts';
import { followSweep } from './follow-sweep.ts';

const EXAMPLES = `
On a terminal the table is redrawn in place; elsewhere each change is one line. Ctrl-C stops watching, not the sweep.
A trial has a workflow ID of its own, which \`veille watch\` and \`veille cancel\` take: SWEEP/3.

Examples:
  $ veille sweep watch sweep-20261124-073130
  $ veille sweep watch sweep-20261124-073130 | tee sweep.log`;

export function watchSweepCommand(context: () => CliContext): Command {
  return new Command('watch')
    .description("show a sweep's trials until it ends, then its result")
    .argument('<workflow>', "the sweep's workflow ID")
    .addHelpText('after', EXAMPLES)
    .action((workflowId: string) => watchSweep(context(), workflowId));
}

/** Shows the latest sweep of `workflowId` until it ends. */
export async function watchSweep(context: CliContext, workflowId: string): Promise<void> {
  const { runId } = await readSweep(await context.temporal.client(), workflowId);
  const url = runUrl(context.temporal, workflowId, runId);
  if (url !== null) print(context.terminal.out, [url]);
  await followSweep(context, { workflowId, runId }, { watch: true });
}
