/** `veille plan`: what a retraining would do and take, without starting it. */
import { tmpdir } from 'node:os';
import { Command } from 'commander';
import { HubUnavailableError } from '../../adapters/hub/hub-error.ts';
import { RowsError } from '../../adapters/rows/rows-error.ts';
import { SourceError } from '../../adapters/sources/source-error.ts';
import { tellingOfBucket } from '../bucket.ts';
import { lineWidth, print, printJson, type CliContext } from '../context.ts';
import { CliError, EXIT, InterruptedError, UsageError } from '../exit.ts';
import { addInputOptions } from '../input/input-options.ts';
import { preparedInput } from '../input/prepared-input.ts';
import type { InputOptions } from '../input/run-input.ts';
import type { PlanningPlace } from '../plan/place.ts';
import { planRun } from '../plan/plan-run.ts';
import { planReport } from '../render/plan-report.ts';

const EXAMPLES = `
Tells of each step whether its recorded result would be taken, and else why not: what is different from the nearest
earlier run. Then the texts to encode, seconds by rates that were measured (this bucket's own runs first), bytes, and the
memory that a GPU needs. Nothing is started or written; small files and the data of a hub source are fetched into the
hub's cache, weights are not. Needs the bucket where there is one, and no Temporal.

Examples:
  $ veille plan
  $ veille plan --data legalkit.parquet                nothing is put into the bucket
  $ veille plan --preset legalkit-bge-m3
  $ veille plan --config nightly.json --set training.learningRate=5e-4
  $ veille plan --json | jq '.steps[] | select(.state == "compute") | {step, why}'

Exit code: 0 planned; 1 the run would fail of its rows; 2 wrong usage or input, or a source that is not there; 3 the bucket or the hub does not answer.`;

export interface PlanOptions extends InputOptions {
  readonly json?: boolean;
}

export function planCommand(context: () => CliContext, place: () => Promise<PlanningPlace>): Command {
  return addInputOptions(
    new Command('plan').description('tell what a retraining would do and take, without starting it'),
  )
    .option('--json', 'print one JSON document: {preset, unchangedSince, steps, rows, texts, seconds, bytes, memory}')
    .addHelpText('after', EXAMPLES)
    .action(async (options: PlanOptions) => plan(context(), await place(), options));
}

/**
 * Prints the plan.
 *
 * @throws {UsageError} for an input or a source that `veille run` would fail of at once
 * @throws {CliError} when rows are not what they should be, or a server does not answer
 * @throws {InterruptedError} at Ctrl-C
 */
export async function plan(context: CliContext, place: PlanningPlace, options: PlanOptions): Promise<void> {
  const { terminal } = context;
  const { config, uploads, notes } = await preparedInput(options, context.workersHere);
  const signal = context.interruptSignal();
  const planned = await tellingOfBucket(() =>
    planRun(config, { ...place, uploads }, tmpdir(), signal).catch((cause: unknown) => {
      if (signal.aborted) throw new InterruptedError('Interrupted: nothing was started, and nothing is left to undo.');
      throw foreseen(cause);
    }),
  );
  print(terminal.err, notes);
  if (options.json) printJson(terminal.out, planned);
  else print(terminal.out, planReport(planned, terminal.colors, lineWidth(terminal.out)));
}

/** What the run would fail of, as the message alone. */
function foreseen(cause: unknown): unknown {
  if (cause instanceof HubUnavailableError) return new CliError(cause.message, EXIT.unreachable, { cause });
  if (cause instanceof SourceError) return new UsageError(cause.message, { cause });
  return cause instanceof RowsError ? new CliError(cause.message, EXIT.failed, { cause }) : cause;
}
