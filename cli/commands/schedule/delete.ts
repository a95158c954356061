/** `veille schedule delete`: no more runs, for good. */
import { Command } from 'commander';
import { print, type CliContext } from '../../context.ts';
import { withSchedule } from '../../schedule/find-schedule.ts';
import { waitingRuns } from '../../schedule/read-schedule.ts';
import { runningRuns } from '../../schedule/trigger-schedule.ts';

const EXAMPLES = `
Asks nothing. Runs that have started go on, and finished ones stay as they are; runs that wait for another to end are
dropped.

Examples:
  $ veille schedule delete nightly`;

export function deleteCommand(context: () => CliContext): Command {
  return new Command('delete')
    .description('delete a schedule; its runs stay')
    .argument('<schedule>', 'its ID')
    .addHelpText('after', EXAMPLES)
    .action((id: string) => remove(context(), id));
}

/** @throws {UsageError} when there is no such schedule */
async function remove({ terminal, temporal }: CliContext, id: string): Promise<void> {
  const last = await withSchedule(await temporal.client(), id, async (handle) => {
    const description = await handle.describe();
    await handle.delete();
    return description;
  });
  const waiting = waitingRuns(last);
  print(terminal.out, [
    `Deleted schedule ${id}.`,
    ...runningRuns(last).map(({ workflowId }) => `Run ${workflowId} goes on: \`veille watch ${workflowId}\`.`),
    ...(waiting === 0 ? [] : [`Runs dropped that were waiting for another to end: ${waiting}.`]),
  ]);
}
