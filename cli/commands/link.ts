/** `veille link`: the address at which a run is started from the Temporal UI. */
import type { Client } from '@temporalio/client';
import { Command } from 'commander';
import { RETRAIN_WORKFLOW } from '../../contracts/queues.ts';
import { runsPage } from '../../contracts/run-page.ts';
import { print, type CliContext } from '../context.ts';
import { startFormUrl } from '../control/start-form-url.ts';
import { UsageError } from '../exit.ts';
import { readRun } from '../observe/read-run.ts';
import type { RunId } from '../observe/run-view.ts';

const EXAMPLES = `
The form has the run's input in it, to be changed or not, and asks for a workflow ID. Its summary and details, under
More options, are the old run's too. An empty input is a run of the preset demo.

Examples:
  $ veille link
  $ veille link nightly-2026-11-24
  $ veille link --runs
  $ xdg-open "$(veille link nightly-2026-11-24)"

Exit code: 0 printed, 2 no such run, or the UI's address is not known; 3 Temporal does not answer.`;

export function linkCommand(context: () => CliContext): Command {
  return new Command('link')
    .description("print the address of the Temporal UI's start form, filled from a run")
    .argument('[workflow]', 'workflow ID of the run to fill it from (default: the newest run)')
    .option('--runs', 'print the address of the list of runs and sweeps instead, without the workflows that embed')
    .addHelpText('after', EXAMPLES)
    .action((workflowId: string | undefined, options: LinkOptions) => link(context(), workflowId, options));
}

export interface LinkOptions {
  readonly runs?: boolean;
}

/** @throws {UsageError} when there is no such run, or nobody has said where the UI is */
export async function link(
  { terminal, temporal }: CliContext,
  workflowId: string | undefined,
  { runs = false }: LinkOptions = {},
): Promise<void> {
  const { uiUrl, namespace } = temporal;
  if (uiUrl === null) {
    throw new UsageError(
      `Nobody has said where the UI of Temporal at ${temporal.address} is: set TEMPORAL_UI_URL, such as http://127.0.0.1:8233.`,
    );
  }
  if (runs) {
    print(terminal.out, [runsPage(uiUrl, namespace)]);
    return;
  }
  const client = await temporal.client();
  const template = workflowId === undefined ? await newestRun(client) : await readRun(client, workflowId);
  print(terminal.err, [
    template === null
      ? 'There is no run yet: the form is empty, which starts the preset demo.'
      : `The form has the input of ${template.workflowId}, run ${template.runId}.`,
  ]);
  print(terminal.out, [startFormUrl(uiUrl, namespace, template)]);
}

async function newestRun(client: Client): Promise<RunId | null> {
  for await (const { workflowId, runId } of client.workflow.list({
    query: `WorkflowType = '${RETRAIN_WORKFLOW}'`,
    pageSize: 1,
  })) {
    return { workflowId, runId };
  }
  return null;
}
