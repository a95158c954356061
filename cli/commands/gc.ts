/** `veille gc`: what nothing in the bucket needs any more, and its removal. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { cutoffFor } from '../../adapters/retention/ages.ts';
import { collectGarbage, type Collection } from '../../adapters/retention/collect.ts';
import { Documents } from '../../adapters/retention/documents.ts';
import { RetentionError } from '../../adapters/retention/retention-error.ts';
import { survey } from '../../adapters/retention/survey.ts';
import { clientIdentity } from '../author.ts';
import { requireBucket, tellingOfBucket } from '../bucket.ts';
import { print, printJson, type CliContext } from '../context.ts';
import { CliError, EXIT, InterruptedError, UnreachableError } from '../exit.ts';
import { scheduledInputs } from '../observe/scheduled-inputs.ts';
import { runningWorkflows, type RunningWorkflows } from '../observe/running-workflows.ts';
import { gcDocument } from '../render/gc-document.ts';
import { gcProgress } from '../render/gc-progress.ts';
import { gcReport } from '../render/gc-report.ts';
import { parseDuration } from '../schedule/duration.ts';
import type { FindBucket } from './champion.ts';

const EXAMPLES = `
What finished runs name stays, what running workflows hold and schedules start runs with, every model that was champion with its run, and tagged
runs (\`veille tag\`). The rest is listed, and deleted with --delete alone: what runs left behind that failed or were
cancelled, trainings of a sweep that lost it, and, where a policy is given, finished runs beyond it with all that no other
run needs. With both --keep-last and --keep-days a run stays for either reason.

It is safe while runs are under way. Nothing goes that changed within 13 hours, or since 13 hours before the oldest running
workflow started: --delete asks Temporal for that one. Where several Temporal namespaces write to one bucket, only one of
them is asked: take an --older-than beyond the longest run.

Examples:
  $ veille gc                                        what could go
  $ veille gc --delete
  $ veille gc --keep-last 30 --older-than 14d        the same under a policy
  $ veille gc --keep-days 90 --keep-last 10 --delete
  $ veille gc --json | jq -r '.garbage[] | [.kind, .bytes, .name] | @tsv'

Exit code: 0 listed or deleted, 1 another collection is at work or an object is damaged, 2 wrong usage, 3 the bucket or
Temporal does not answer, 130 interrupted.`;

/** Time enough to look at what a failed run left behind. */
const USUAL_AGE = '7d';

export interface GcOptions {
  readonly delete?: boolean;
  readonly keepLast?: number;
  readonly keepDays?: number;
  /** Milliseconds. */
  readonly olderThan: number;
  /** False: nothing runs, whatever Temporal would say. */
  readonly running: boolean;
  readonly json?: boolean;
}

export function gcCommand(context: () => CliContext, bucket: FindBucket): Command {
  return new Command('gc')
    .description('list what nothing in the bucket needs any more, or delete it')
    .option('--delete', 'delete it')
    .option('--keep-last <n>', 'drop finished runs but the newest n', parseCount)
    .option('--keep-days <d>', 'drop finished runs that ended longer ago', parseCount)
    .addOption(
      new Option('--older-than <duration>', 'only what has not changed for so long')
        .argParser(parseDuration)
        .default(parseDuration(USUAL_AGE), USUAL_AGE),
    )
    .option('--no-running', 'assert that nothing runs, e.g. since the Temporal of this bucket is gone')
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXAMPLES)
    .action((options: GcOptions) => gc(context(), bucket().store, options));
}

/**
 * Prints the garbage, or what was deleted of it.
 *
 * @throws {UnreachableError} when it is to be deleted, and Temporal can't be asked what runs
 * @throws {InterruptedError} after Ctrl-C
 * @throws {CliError} when another collection is at work, or the bucket can't be used
 */
export async function gc(context: CliContext, store: ObjectStore | null, options: GcOptions): Promise<void> {
  const { terminal } = context;
  const objects = requireBucket(store);
  const { keepLast = null, keepDays = null } = options;
  // Before Temporal is asked: what starts later holds nothing that is older than this allows.
  const now = Date.now();
  const running = options.running ? await askTemporal(context, options) : { count: 0, oldestStart: null };
  const cutoff = cutoffFor(now, options.olderThan, running?.oldestStart ?? null);
  const signal = context.interruptSignal();
  const inputs = async (): Promise<unknown[]> =>
    running === null || !options.running ? [] : scheduledInputs(await context.temporal.client());
  const scope = { policy: { keepLast, keepDays }, cutoff, signal, inputs, ...gcProgress(terminal.err) };
  const { found, deleted } = await tellingOfGc(async (): Promise<Collection | Listing> => {
    if (options.delete) return collectGarbage(objects, { ...scope, by: clientIdentity(), now: Date.now });
    return { found: await survey(objects, new Documents(objects), { ...scope, now }), deleted: null };
  });
  const document = gcDocument({ url: objects.url, ...scope, running, ...found, deleted });
  if (options.json) printJson(terminal.out, document);
  else print(terminal.out, gcReport(document, terminal.colors));
}

type Listing = Pick<Collection, 'found'> & { readonly deleted: null };

/** Null where nothing is to be deleted, and Temporal does not answer. */
async function askTemporal(
  { temporal, terminal }: CliContext,
  { delete: deletes = false }: GcOptions,
): Promise<RunningWorkflows | null> {
  try {
    return await runningWorkflows(await temporal.client());
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    const message = error.message;
    if (deletes)
      throw new UnreachableError(
        `${message} Without it nobody knows what running workflows hold: --no-running asserts that there are none.`,
        { cause: error },
      );
    print(terminal.err, [`${message} What a running workflow holds may be listed too.`]);
    return null;
  }
}

async function tellingOfGc<R>(work: () => Promise<R>): Promise<R> {
  try {
    return await tellingOfBucket(work);
  } catch (error) {
    if (error instanceof RetentionError) throw new CliError(error.message, EXIT.failed, { cause: error });
    if (error instanceof Error && error.name === 'AbortError')
      throw new InterruptedError('Stopped between two requests; what is deleted was garbage, and the rest still is.');
    throw error;
  }
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(count))
    throw new InvalidArgumentError('It is a whole number from 0.');
  return count;
}
