/** `veille schedule trigger`: one run of a schedule now. */
import { Command } from 'commander';
import { print, printJson, runUrl, type CliContext } from '../../context.ts';
import { CliError, EXIT } from '../../exit.ts';
import { triggerSchedule, type TriggerOutcome } from '../../schedule/trigger-schedule.ts';

const EXAMPLES = `
The run gets the schedule's input, whether or not the schedule is paused. While another run goes on, the schedule's
overlap policy decides, and by default none is started.

Examples:
  $ veille schedule trigger nightly
  $ veille watch "$(veille schedule trigger nightly --json | jq -r .run.workflowId)"

Exit code: 0 started or waiting, 1 none was started, 2 no such schedule, 3 Temporal does not answer.`;

export function triggerCommand(context: () => CliContext): Command {
  return new Command('trigger')
    .description('start a run now')
    .argument('<schedule>', 'its ID')
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXAMPLES)
    .action((id: string, options: { readonly json?: boolean }) => trigger(context(), id, options));
}

/**
 * @throws {UsageError} when there is no such schedule
 * @throws {CliError} when no run is started
 */
async function trigger(context: CliContext, id: string, { json }: { readonly json?: boolean }): Promise<void> {
  const { terminal, temporal } = context;
  const outcome = await triggerSchedule(await temporal.client(), id);
  if (json) printJson(terminal.out, outcome);
  else if (outcome.outcome !== 'skipped') print(terminal.out, outcomeLines(context, outcome));
  if (outcome.outcome === 'skipped') {
    throw new CliError(
      `No run was started: ${namesOf(outcome)} still goes on, and the schedule leaves out what is due meanwhile.`,
      EXIT.failed,
    );
  }
}

function outcomeLines({ temporal }: CliContext, outcome: TriggerOutcome): string[] {
  if (outcome.outcome !== 'started') return [`A run is waiting for ${namesOf(outcome)} to end.`];
  const { workflowId, runId } = outcome.run;
  const url = runUrl(temporal, workflowId, runId);
  return [`Started ${workflowId}, run ${runId}`, ...(url === null ? [] : [url])];
}

function namesOf({ running }: Exclude<TriggerOutcome, { outcome: 'started' }>): string {
  return running.map(({ workflowId }) => workflowId).join(', ') || 'another run';
}
