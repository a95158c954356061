/** `veille reproduce`: a finished run once more, from its record, and what is the same. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { ArtifactLostError } from '../../adapters/artifacts/artifact-lost.ts';
import { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import { tellingOfBucket } from '../bucket.ts';
import { lineWidth, print, printJson, type CliContext } from '../context.ts';
import { CliError, EXIT, InterruptedError } from '../exit.ts';
import { findRecord } from '../records/find-record.ts';
import { environmentDifferences, type EnvironmentDifferences } from '../records/record-environment.ts';
import { parseRunArgument } from '../records/run-argument.ts';
import { environmentReport, reproductionReport } from '../render/reproduction-report.ts';
import type { ComparedRun } from '../reproduce/compare-runs.ts';
import type { ReproductionPlace } from '../reproduce/place.ts';
import { recordedInput } from '../reproduce/recorded-input.ts';
import { reproduceRun, type Reproduction } from '../reproduce/reproduce-run.ts';
import { withRecords } from '../reproduce/with-records.ts';
import { timedId } from '../start-run.ts';
import { withServices } from './with-services.ts';

const EXAMPLES = `
Takes data, guard sets and base model as the record names them out of the bucket, or a copy of it, and runs the recorded configuration
again on this machine: with a Temporal server, an S3 server and workers of its own, on free ports, in which nothing is
cached. The bucket of the record is only read. Then every step is compared: identical to the last bit, within the declared
tolerance, or different. A run on the same kind of machine with the same code is identical.

<run> is a workflow ID, whose newest finished run is meant, or workflow@run for a certain one. It takes as long as the
first run of all did, and a folder below <state folder>/reproductions, which is removed at the end.

Examples:
  $ veille reproduce nightly-2026-11-24
  $ veille reproduce nightly@0199c5a0-7d3e-7c0a-9a54-3f0f5a1f4c11 --keep
  $ veille reproduce nightly-2026-11-24 --from nightly.tar
  $ veille reproduce nightly-2026-11-24 --json | jq .firstDifference

Exit code: 0 identical or within tolerance, 1 different, or the run failed, 2 wrong usage or no such run, 3 the bucket
does not answer, 130 interrupted.`;

const STOPPED = 'Stopped: nothing of the reproduction is left.';
const KEPT = 'Stopped: what it has made so far is kept.';
const ANY_PORTS = { temporal: 0, ui: 0, s3: 0 } as const;

export interface ReproduceOptions {
  /** A folder or an archive with the record, instead of the bucket. */
  readonly from?: string;
  /** Leave the reproduction's folder, with its bucket, where it is. */
  readonly keep?: boolean;
  readonly json?: boolean;
}

export function reproduceCommand(context: () => CliContext, place: () => Promise<ReproductionPlace>): Command {
  return new Command('reproduce')
    .description('run a finished run again from its record, and compare every step')
    .argument('<run>', 'workflow ID, or workflow@run')
    .option('--from <path>', 'a folder or an archive with the record, instead of the bucket')
    .option('--keep', 'keep what the reproduction makes')
    .option('--json', 'print one JSON document, and progress on standard error')
    .addHelpText('after', EXAMPLES)
    .action(async (run: string, options: ReproduceOptions) => reproduce(context(), await place(), run, options));
}

/**
 * Reproduces the run and prints the comparison.
 *
 * @throws {CliError} when a step is different, the run fails, or the bucket can't be used
 */
export async function reproduce(
  context: CliContext,
  place: ReproductionPlace,
  run: string,
  options: ReproduceOptions,
): Promise<void> {
  const signal = context.interruptSignal();
  const interruptible = { ...context, interruptSignal: () => signal };
  const log = (line: string): void => print(context.terminal.err, [line]);
  const work = tellingOfBucket(() =>
    withRecords(place, options.from, log, signal, async (store) => {
      const record = await findRecord(store, parseRunArgument(run));
      const folder = join(place.stateDir, 'reproductions', timedId(folderName(record.workflowId), new Date()));
      await mkdir(folder, { recursive: true });
      try {
        const artifacts = new ArtifactStore(store, join(folder, 'cache'));
        await inFolder(interruptible, place, { record, artifacts }, folder, options);
      } finally {
        if (!options.keep) await rm(folder, { recursive: true, force: true });
      }
    }),
  );
  await work.catch((error: unknown) => {
    // Whatever was under way has ended with a reason of its own.
    throw signal.aborted && !(error instanceof CliError) ? new InterruptedError(STOPPED) : error;
  });
}

async function inFolder(
  context: CliContext,
  place: ReproductionPlace,
  recorded: ComparedRun,
  folder: string,
  { keep = false, json = false }: ReproduceOptions,
): Promise<void> {
  const { terminal } = context;
  const { record, artifacts } = recorded;
  const surroundings = environmentDifferences(Object.values(record.environments), [await place.describeEnvironment()]);
  print(terminal.err, environmentReport(record, surroundings, terminal.colors));
  const input = await recordedInput(artifacts, record, join(folder, 'inputs')).catch(untraceable);
  const progress = json ? { ...terminal, out: terminal.err, isTTY: false } : terminal;
  const services = { stateDir: folder, ports: ANY_PORTS, freeWhereTaken: true };
  const reproduction = await withServices(context, place.startServices, services, keep ? KEPT : STOPPED, (session) =>
    reproduceRun(session, place, recorded, { folder, input, terminal: progress }),
  );
  if (json) printJson(terminal.out, documentOf(record, reproduction, surroundings, keep ? folder : null));
  else
    print(terminal.out, [
      '',
      ...reproductionReport(reproduction, terminal.colors, lineWidth(terminal.out)),
      ...(keep ? [`Kept: ${folder}`] : []),
    ]);
  if (reproduction.verdict === 'different') throw notReproduced(record, reproduction);
}

function documentOf(
  { workflowId, runId }: RunRecord,
  reproduction: Reproduction,
  { code, machine }: EnvironmentDifferences,
  folder: string | null,
): object {
  return { run: { workflowId, runId }, folder, code, environment: machine, ...reproduction };
}

function notReproduced({ workflowId }: RunRecord, { steps }: Reproduction): CliError {
  const first = steps.find(({ state }) => state === 'different')?.step ?? '';
  return new CliError(`${workflowId} is not reproduced: the first step that is different is ${first}.`, EXIT.failed);
}

function untraceable(error: unknown): never {
  if (!(error instanceof ArtifactLostError)) throw error;
  throw new CliError(`${error.message}: without it, the run can't be reproduced.`, EXIT.failed, { cause: error });
}

/** Of a workflow id only what means nothing to a file system, nor to SQLite, for which a path is a URI. */
function folderName(workflowId: string): string {
  return workflowId.replaceAll(/[^\w.-]+/g, '_');
}
