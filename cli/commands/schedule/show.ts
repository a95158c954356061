/** `veille schedule show`: everything about one schedule. */
import { Command } from 'commander';
import { lineWidth, print, printJson, type CliContext } from '../../context.ts';
import { scheduleDocument } from '../../render/schedule-document.ts';
import { scheduleReport } from '../../render/schedule-report.ts';
import { readSchedule } from '../../schedule/read-schedule.ts';
import { scheduleUrl } from '../../schedule/schedule-url.ts';

const EXAMPLES = `
When it starts runs and with what input, who changed it last and why, its next five times by its own clocks, and what
became of its last ten runs.

Examples:
  $ veille schedule show nightly
  $ veille schedule show nightly --json | jq -r '.runs[0].status'`;

/** As many as the server remembers. */
const RUNS = 10;

export function showCommand(context: () => CliContext): Command {
  return new Command('show')
    .description('print a schedule, its next times and its last runs')
    .argument('<schedule>', 'its ID')
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXAMPLES)
    .action((id: string, options: { readonly json?: boolean }) => show(context(), id, options));
}

/** @throws {UsageError} when there is no such schedule */
async function show(context: CliContext, id: string, { json }: { readonly json?: boolean }): Promise<void> {
  const { terminal, temporal } = context;
  const view = await readSchedule(await temporal.client(), id, RUNS);
  const url = scheduleUrl(temporal, id);
  if (json) printJson(terminal.out, scheduleDocument(view, url));
  else print(terminal.out, scheduleReport(view, url, terminal.colors, lineWidth(terminal.out)));
}
