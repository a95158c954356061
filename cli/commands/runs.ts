/** `veille runs`: the runs whose records are in the bucket. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { ChampionStore } from '../../adapters/champion/champion-store.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { PRESET_NAMES } from '../../contracts/retrain-input.ts';
import { requireBucket, tellingOfBucket } from '../bucket.ts';
import { lineWidth, print, printJson, type CliContext } from '../context.ts';
import { listRuns } from '../records/list-runs.ts';
import { readRuns, type ReadRuns } from '../records/read-runs.ts';
import { VERDICTS } from '../records/run-summary.ts';
import { matches, SORT_FIELDS, sorted, type RunFilter, type SortField } from '../records/select-runs.ts';
import { countedProgress } from '../render/counted-progress.ts';
import { runsTable } from '../render/runs-table.ts';
import { parseInstant } from '../schedule/parse-instant.ts';
import type { FindBucket } from './champion.ts';

const EXAMPLES = `
Reads records, which finished runs alone have: those that run, wait or failed are Temporal's, in the Temporal UI, and by
\`veille show <workflow>\` and \`veille watch <workflow>\`. Needs the bucket alone. ★ is the champion's run, ☆ one whose
model was champion before; "signed" is what the attestation says, which \`veille audit\` verifies. Times are UTC.

Examples:
  $ veille runs
  $ veille runs --workflow nightly- --since 2026-11-01 --verdict promote
  $ veille runs --sort gain --limit 10
  $ veille runs --json | jq -r '.runs[] | [.workflowId, .after] | @tsv'

Exit code: 0 listed, 2 wrong usage, 3 the bucket does not answer.`;

export interface RunsOptions extends Omit<RunFilter, 'since' | 'until'> {
  /** Beginning of the workflow ID. */
  readonly workflow?: string;
  /** ISO 8601 dates or times; UTC without an offset. */
  readonly since?: string;
  readonly until?: string;
  readonly sort: SortField;
  readonly reverse?: boolean;
  readonly limit?: number;
  readonly json?: boolean;
}

export function runsCommand(context: () => CliContext, bucket: FindBucket): Command {
  return new Command('runs')
    .description('list finished runs, newest first')
    .option('--workflow <prefix>', 'only those whose workflow ID begins so')
    .addOption(new Option('--preset <name>', 'only those of a preset').choices(PRESET_NAMES))
    .addOption(new Option('--verdict <verdict>', 'only those that the gate gave this verdict').choices(VERDICTS))
    .option('--since <time>', 'only those that ended then or later')
    .option('--until <time>', 'only those that ended then or earlier; a date is the whole day')
    .option('--tag <name>', 'only those with the tag; repeatable', collect)
    .option('--champion', 'only those whose model is the champion, or was')
    .addOption(new Option('--sort <field>', 'what comes first').choices(SORT_FIELDS).default('finished'))
    .option('--reverse', 'the other way round')
    .option('--limit <n>', 'show at most so many', parseLimit)
    .option('--json', 'print one JSON document: {runs, unreadable}')
    .addHelpText('after', EXAMPLES)
    .action((options: RunsOptions) => runs(context(), bucket().store, options));
}

/**
 * Prints the list. Records that can't be read are counted on standard error, and are no error.
 *
 * @throws {UsageError} when a time is none
 * @throws {CliError} when the bucket can't be used
 */
export async function runs({ terminal }: CliContext, store: ObjectStore | null, options: RunsOptions): Promise<void> {
  const filter = filterOf(options);
  const { runs: all, unreadable } = await tellingOfBucket(() =>
    readAll(requireBucket(store), options.workflow, terminal),
  );
  const { sort, reverse = false, limit, json } = options;
  const shown = sorted(
    all.filter((run) => matches(run, filter)),
    sort,
    reverse,
  ).slice(0, limit);
  if (json) printJson(terminal.out, { runs: shown, unreadable });
  else print(terminal.out, runsTable(shown, all.length, terminal.colors, lineWidth(terminal.out)));
  const [first] = unreadable;
  if (!first) return;
  print(terminal.err, [
    `${unreadable.length} record(s) can't be read by this version of veille, e.g. ${first.key}: ${first.reason}`,
  ]);
}

async function readAll(
  store: ObjectStore,
  workflow: string | undefined,
  { err }: CliContext['terminal'],
): Promise<ReadRuns> {
  const champions = await new ChampionStore(store).read();
  const listed = await listRuns(store, workflow);
  return readRuns(store, listed, champions, countedProgress(err, 'records read', listed.length));
}

function filterOf({ since, until, ...options }: RunsOptions): RunFilter {
  return {
    ...options,
    ...(since === undefined ? {} : { since: parseInstant('--since', since, '00:00:00', 'UTC') }),
    // Records have milliseconds, a time on the command line has none.
    ...(until === undefined ? {} : { until: parseInstant('--until', until, '23:59:59', 'UTC') + 999 }),
  };
}

function collect(name: string, names: readonly string[] | undefined): string[] {
  return [...(names ?? []), name];
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1) throw new InvalidArgumentError('It is a whole number from 1.');
  return limit;
}
