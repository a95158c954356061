/** `veille run`: starts a retraining. */
import { Command } from 'commander';
import { print, printJson, runUrl, type CliContext } from '../context.ts';
import { addInputOptions } from '../input/input-options.ts';
import { storeLocalSources } from '../input/local-sources.ts';
import { preparedInput } from '../input/prepared-input.ts';
import type { InputOptions } from '../input/run-input.ts';
import { noScreen, type RunScreen } from '../observe/watch-run.ts';
import { priorityOption, type PriorityName } from '../priority.ts';
import { plainRunScreen, runScreen } from '../render/run-screen.ts';
import { runDocument } from '../render/run-document.ts';
import { startRun, timedId } from '../start-run.ts';
import { noBucket, type FindBucket } from './champion.ts';
import { followRun, reportEnd, runFailed } from './follow.ts';

const EXAMPLES = `
Without options the run is started, its workflow ID printed, and the command ends: the run goes on by itself.
The input is checked first, here and by the workflow: a wrong value starts nothing, and the field is named. Where data,
code and configuration are those of a finished run, it ends in seconds, unchanged, with that run's result.

Own data or an own model gets defaults of its own (the preset own), all rows and one epoch; without either, the run is
the demo. Pages and messages call a run by --name, else by its preset or by its data and model.

A candidate that passes the gate becomes the champion; with promote=manual it waits for \`veille approve\`, with
promote=never it is only measured.

Examples:
  $ veille run                                         the demo: bundled data, a small model
  $ veille run --watch --set training.maxSteps=50 --set training.lora.r=8
  $ veille run --config nightly.json --id nightly-2026-11-24 --wait
  $ veille run --data legalkit.parquet --model ./bge-m3   files beside you, wherever the workers are
  $ veille run --set data.source=s3://corpora/legalkit.parquet --json > result.json
  $ veille run --set training.lora=false               trains the whole model
  $ veille run --set promote=manual --set gate.primary.margin=0.01
  $ veille run --priority low --set timeoutHours=8     behind the others; stopped after eight hours

Exit code: 0 started, or completed where it waits; 1 the run failed; 2 wrong usage or input; 3 Temporal does not answer.`;

export interface RunOptions extends InputOptions {
  readonly id?: string;
  readonly priority: PriorityName;
  readonly watch?: boolean;
  readonly wait?: boolean;
  readonly json?: boolean;
}

export function runCommand(context: () => CliContext, bucket: FindBucket): Command {
  return addInputOptions(new Command('run').description('start a retraining'))
    .option('--id <workflow>', 'workflow ID (default: retrain-<UTC time>)')
    .addOption(priorityOption('high'))
    .option('--watch', 'show its steps until it ends, then the result')
    .option('--wait', 'wait until it ends, then print the result')
    .option('--json', 'wait, and print one JSON document instead')
    .addHelpText('after', EXAMPLES)
    .action((options: RunOptions) => run(context(), options, bucket));
}

/** Starts a run, and follows it to its end where asked. */
export async function run(context: CliContext, options: RunOptions, bucket: FindBucket = noBucket): Promise<void> {
  const { terminal, temporal } = context;
  const { input, uploads, notes } = await preparedInput(options, context.workersHere);
  const client = await temporal.client();
  await storeLocalSources(uploads, bucket, terminal);
  const id = await startRun(client, options.id ?? timedId('retrain', new Date()), input, options.priority);
  const url = runUrl(temporal, id.workflowId, id.runId);
  print(terminal.err, notes);
  const started = [`Started ${id.workflowId}, run ${id.runId}`, ...(url === null ? [] : [url])];
  print(options.json ? terminal.err : terminal.out, started);
  if (!options.watch && !options.wait && !options.json) return;
  const view = await followRun(client, id, screenFor(context, options), context.interruptSignal());
  if (!options.json) {
    reportEnd(context, view, { steps: !options.watch });
    return;
  }
  printJson(terminal.out, runDocument(view, url));
  if (view.result === null) throw runFailed(context, view);
}

/** With --json the result alone goes to standard output, and what is watched beside it. */
function screenFor({ terminal }: CliContext, { watch, json }: RunOptions): RunScreen {
  if (!watch) return noScreen;
  return json ? plainRunScreen(terminal.err) : runScreen(terminal);
}
