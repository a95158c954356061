/** `veille watch`: a run's steps as they go. */
import { Command } from 'commander';
import { print, runUrl, type CliContext } from '../context.ts';
import { readRun } from '../observe/read-run.ts';
import { runScreen } from '../render/run-screen.ts';
import { followRun, reportEnd } from './follow.ts';

const EXAMPLES = `
On a terminal the steps are redrawn in place; elsewhere each change is one line, and progress one every 10 s.
Ctrl-C stops watching, not the run.

Examples:
  $ veille watch nightly-2026-11-24
  $ veille watch nightly-2026-11-24 | tee nightly.log

Exit code: 0 the run completed, 1 it failed, 2 there is no such run, 3 Temporal does not answer.`;

export function watchCommand(context: () => CliContext): Command {
  return new Command('watch')
    .description("show a run's steps, progress bars and, at its end, its result")
    .argument('<workflow>', "the run's workflow ID")
    .addHelpText('after', EXAMPLES)
    .action((workflowId: string) => watch(context(), workflowId));
}

/** Shows the latest run of `workflowId` until it ends. */
export async function watch(context: CliContext, workflowId: string): Promise<void> {
  const client = await context.temporal.client();
  const { runId } = await readRun(client, workflowId);
  const url = runUrl(context.temporal, workflowId, runId);
  // Above the steps, where no redraw cuts it to the terminal's width.
  if (url !== null) print(context.terminal.out, [url]);
  const screen = runScreen(context.terminal);
  const view = await followRun(client, { workflowId, runId }, screen, context.interruptSignal());
  reportEnd(context, view, { steps: false });
}
