/** `veille sweep show`: one look at a sweep. */
import { Command } from 'commander';
import { print, runUrl, type CliContext } from '../../context.ts';
import { readSweep } from '../../observe/read-sweep.ts';
import { elapsed } from '../../observe/run-view.ts';
import { failureReport } from '../../render/failure-report.ts';
import { formatDuration, formatInstant } from '../../render/quantity.ts';
import { sweepFrame } from '../../render/sweep-frame.ts';
import { reportSweep, type SweepEndOptions } from './follow-sweep.ts';

const EXAMPLES = `
Of a finished sweep: its trials, and the winner's run. Of a running one: its trials so far. Of a failed one: why.

Examples:
  $ veille sweep show sweep-20261124-073130
  $ veille sweep show sweep-20261124-073130 --json | jq '.result.winner'`;

export function showSweepCommand(context: () => CliContext): Command {
  return new Command('show')
    .description("print a sweep's trials, and the winner's figures")
    .argument('<workflow>', "the sweep's workflow ID")
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXAMPLES)
    .action((workflowId: string, options: SweepEndOptions) => showSweep(context(), workflowId, options));
}

/** Prints one look at a sweep, whatever its state: a failed one is shown, and is no error. */
export async function showSweep(context: CliContext, workflowId: string, options: SweepEndOptions): Promise<void> {
  const { terminal, temporal } = context;
  const view = await readSweep(await temporal.client(), workflowId);
  if (options.json) return reportSweep(context, view, options);
  const url = runUrl(temporal, workflowId, view.runId);
  const times = `started ${formatInstant(view.startedAt)}, ${view.status} ${formatDuration(elapsed(view))}`;
  print(terminal.out, [`Sweep ${workflowId}, ${times}`, ...(url === null ? [] : [url])]);
  if (view.result) return reportSweep(context, view, options);
  const { colors } = terminal;
  const frame = sweepFrame(view, { columns: terminal.size().columns, rows: Infinity, colors });
  print(terminal.out, ['', ...frame, ...(view.failure ? ['', failureReport(view, null)] : [])]);
}
