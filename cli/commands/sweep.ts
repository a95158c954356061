/** `veille sweep`: tries several trainings, and measures the best. */
import { Command, InvalidArgumentError } from 'commander';
import { DEV_METRICS } from '../../contracts/sweep-result.ts';
import { SWEEP_WORKFLOW } from '../../contracts/queues.ts';
import { print, runUrl, type CliContext } from '../context.ts';
import { storeLocalSources } from '../input/local-sources.ts';
import { addInputOptions, collect } from '../input/input-options.ts';
import { priorityOption, type PriorityName } from '../priority.ts';
import { sweepDescription } from '../run-description.ts';
import { startWorkflow, timedId } from '../start-run.ts';
import { preparedSweep, type SweepInputOptions } from '../sweep/sweep-input.ts';
import { noBucket, type FindBucket } from './champion.ts';
import { followSweep, type SweepEndOptions } from './sweep/follow-sweep.ts';
import { showSweepCommand } from './sweep/show.ts';
import { watchSweepCommand } from './sweep/watch.ts';

const EXAMPLES = `
Each combination is a trial: trained like a run of its own, and compared on the dev part. The best becomes a run with
gate and promotion as its input says; no other looks at the test part. What trials share is computed once, and a trial
that was trained before is recalled.

--config holds a whole sweep, {"base": {…}, "grid": {…}} or {"base": {…}, "list": [{…}, {…}]}, or a run's input, which
is then the base. --preset and --set go into the base, as with \`veille run\`. Paths of the grid lie below training.

Examples:
  $ veille sweep --grid learningRate=1e-4,5e-4 --grid lora.r=8,16 --watch
  $ veille sweep --config nightly.json --grid loss=mnrl,cached-mnrl --set promote=manual --parallelism 4
  $ veille sweep --grid 'hardNegatives=false,{},{"numNegatives":4}' --wait
  $ veille sweep --config sweep.json --json | jq '.result.trials[] | [.changes, .result.metrics]'
  $ veille sweep watch sweep-20261124-073130

Exit code: 0 started, or completed where it waits; 1 the sweep failed; 2 wrong usage; 3 Temporal does not answer.`;

export interface SweepOptions extends SweepInputOptions, SweepEndOptions {
  readonly id?: string;
  readonly priority: PriorityName;
  readonly wait?: boolean;
}

export function sweepCommand(context: () => CliContext, bucket: FindBucket): Command {
  return addInputOptions(new Command('sweep').description('try several trainings, and measure the best'))
    .option('--grid <path=value,value>', 'values to try below training; repeatable, each with each', collect)
    .option('--metric <name>', `what the winner is best in: ${DEV_METRICS.join(', ')} (default: ${DEV_METRICS[0]})`)
    .option('--parallelism <n>', 'trials at the same time (default: 2)', wholeNumber)
    .option('--id <workflow>', 'workflow ID (default: sweep-<UTC time>)')
    .addOption(priorityOption('normal'))
    .option('--watch', 'show its trials until it ends, then the result')
    .option('--wait', 'wait until it ends, then print the result')
    .option('--json', 'wait, and print one JSON document instead')
    .enablePositionalOptions()
    .addCommand(showSweepCommand(context))
    .addCommand(watchSweepCommand(context))
    .addHelpText('after', EXAMPLES)
    .action((options: SweepOptions) => sweep(context(), options, bucket));
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('It must be a whole number, 1 or more.');
  return Number(text);
}

/** Starts a sweep, and follows it to its end where asked. */
export async function sweep(context: CliContext, options: SweepOptions, bucket: FindBucket = noBucket): Promise<void> {
  const { terminal, temporal } = context;
  const { input, uploads, notes } = await preparedSweep(options, context.workersHere);
  const client = await temporal.client();
  await storeLocalSources(uploads, bucket, terminal);
  const id = await startWorkflow(client, SWEEP_WORKFLOW, options.id ?? timedId('sweep', new Date()), input, {
    priority: options.priority,
    description: sweepDescription(input),
    watch: 'veille sweep watch',
  });
  const url = runUrl(temporal, id.workflowId, id.runId);
  print(terminal.err, notes);
  const started = [`Started ${id.workflowId}, run ${id.runId}`, ...(url === null ? [] : [url])];
  print(options.json ? terminal.err : terminal.out, started);
  if (options.watch || options.wait || options.json) await followSweep(context, id, options);
}
