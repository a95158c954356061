/** `veille show`: one look at a run: its result, its state, or its failure. */
import { Command } from 'commander';
import { lineWidth, print, printJson, runUrl, type CliContext } from '../context.ts';
import { readRun } from '../observe/read-run.ts';
import { elapsed, type RunView } from '../observe/run-view.ts';
import { failureReport } from '../render/failure-report.ts';
import { gateLines } from '../render/gate-lines.ts';
import { formatDuration, formatInstant } from '../render/quantity.ts';
import { resultReport } from '../render/result-report.ts';
import { runDocument } from '../render/run-document.ts';
import { runName } from '../../contracts/run-name.ts';
import { runFrame } from '../render/run-frame.ts';

const EXAMPLES = `
Of a finished run: metrics, comparison, the gate's verdict, steps, artifacts, tracking. Of a running one: its steps, and
what it waits for. Of a failed one: why.

Examples:
  $ veille show nightly-2026-11-24
  $ veille show nightly-2026-11-24 --run 0199c5a0-7d3e-7c0a-9a54-3f0f5a1f4c11
  $ veille show nightly-2026-11-24 --json | jq '.result.metrics.fineTuned["retrieval/nDCG@10"]'`;

export interface ShowOptions {
  /** Run ID; the latest run without. */
  readonly run?: string;
  readonly json?: boolean;
  /** Shows where the artifacts are. */
  readonly artifacts?: boolean;
}

export function showCommand(context: () => CliContext): Command {
  return new Command('show')
    .description("print a run's result, state or failure")
    .argument('<workflow>', "the run's workflow ID")
    .option('--run <id>', 'a certain run of the workflow ID (default: the latest)')
    .option('--artifacts', "show the artifacts' addresses in the bucket")
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXAMPLES)
    .action((workflowId: string, options: ShowOptions) => show(context(), workflowId, options));
}

/** Prints one look at a run, whatever its state: a failed run is shown, and is no error. */
export async function show(context: CliContext, workflowId: string, options: ShowOptions): Promise<void> {
  const { terminal, temporal } = context;
  const view = await readRun(await temporal.client(), workflowId, options.run);
  const url = runUrl(temporal, workflowId, view.runId);
  if (options.json) printJson(terminal.out, runDocument(view, url));
  else print(terminal.out, lines(context, view, url, options));
}

function lines(
  { terminal, artifactsUrl }: CliContext,
  view: RunView,
  url: string | null,
  { artifacts: addresses = false }: ShowOptions,
): string[] {
  const { colors } = terminal;
  const width = lineWidth(terminal.out);
  const head = [
    `Run ${view.runId} of ${view.workflowId}, started ${formatInstant(view.startedAt)}`,
    ...(url === null ? [] : [url]),
    '',
  ];
  if (view.result) {
    const title = `${colors.green(view.status)} in ${formatDuration(elapsed(view))}, ${runName(view.result)}`;
    return [...head, title, '', ...resultReport(view.result, { colors, artifactsUrl, addresses, width })];
  }
  const frame = runFrame(view, { columns: terminal.size().columns, rows: Infinity, colors });
  const gate = view.progress?.gate;
  const verdict = gate ? ['', colors.bold('Gate'), ...gateLines(gate, colors)] : [];
  return [...head, ...frame, ...verdict, ...(view.failure ? ['', failureReport(view, null)] : [])];
}
