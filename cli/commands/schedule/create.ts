/** `veille schedule create`: a retraining every night. */
import type { Client } from '@temporalio/client';
import { Command, Option } from 'commander';
import { print, type CliContext } from '../../context.ts';
import { UsageError } from '../../exit.ts';
import { addInputOptions } from '../../input/input-options.ts';
import { storeLocalSources } from '../../input/local-sources.ts';
import { preparedInput } from '../../input/prepared-input.ts';
import type { InputOptions } from '../../input/run-input.ts';
import { createSchedule } from '../../schedule/create-schedule.ts';
import { parseDuration } from '../../schedule/duration.ts';
import { noteText } from '../../schedule/note.ts';
import { overlapOption, type Overlap } from '../../schedule/overlap.ts';
import { lostDayTexts } from '../../schedule/clock-gaps.ts';
import { readLostDays, readSchedule } from '../../schedule/read-schedule.ts';
import type { FindBucket } from '../champion.ts';
import { scheduleUrl } from '../../schedule/schedule-url.ts';
import { formatZoned } from '../../schedule/zoned-time.ts';

const YEAR = 366 * 86_400_000;

const EXAMPLES = `
The input is checked now, as a run would check it, and nothing is created where it is wrong. Each run's workflow ID is
the schedule's with the time at which it was due, in UTC: nightly-2026-11-24T01:00:00Z.

--cron takes what Temporal does: five fields, six with a year, seven with seconds first; @daily; @every 6h. Day of month
and day of week must both match. Clocks that go forward leave out what lies in their gap, often 02:00 to 03:00: the days
without a run within a year are named.

Examples:
  $ veille schedule create --cron "0 2 * * *" --timezone Europe/Paris
  $ veille schedule create weekly --cron "30 3 * * SUN" --config weekly.json --set training.epochs=2
  $ veille schedule create --cron "0 2 * * *" --data corpus.parquet    the same bytes every night: \`veille gc\` keeps them
  $ veille schedule create --cron "0 2 * * *" --jitter 10m --catch-up 12h --pause-on-failure --note "until the audit"

Exit code: 0 created, 2 wrong usage or the ID is taken, 3 Temporal does not answer.`;

export interface CreateOptions extends InputOptions {
  readonly cron: string;
  readonly timezone: string;
  readonly overlap: Overlap;
  readonly catchUp: number;
  readonly jitter: number;
  readonly pauseOnFailure?: boolean;
  readonly note?: string;
  readonly by?: string;
}

export function createCommand(context: () => CliContext, bucket: FindBucket): Command {
  const command = new Command('create')
    .description('create a schedule')
    .argument('[schedule]', 'its ID, which its runs are named after', 'nightly')
    .requiredOption('--cron <expression>', 'when runs are due: minute hour day-of-month month day-of-week')
    .option('--timezone <name>', 'whose clocks --cron is about: a name of the IANA database', 'UTC');
  return addInputOptions(command)
    .addOption(overlapOption())
    .addOption(
      new Option('--catch-up <duration>', 'how late a run may start that was missed while the server was down')
        .argParser(parseDuration)
        .default(parseDuration('6h'), '6h'),
    )
    .addOption(
      new Option('--jitter <duration>', 'start up to so much later, at random')
        .argParser(parseDuration)
        .default(0, 'not at all'),
    )
    .option('--pause-on-failure', 'pause the schedule when a run of it fails')
    .option('--note <text>', 'what it is for')
    .option('--by <name>', "who creates it (default: the user's name)")
    .addHelpText('after', EXAMPLES)
    .action((id: string, options: CreateOptions) => create(context(), id, options, bucket));
}

/** What a year of a schedule lacks by its clocks. */
export async function lostDayWarnings(client: Client, id: string): Promise<string[]> {
  const from = Date.now();
  const { timeZone } = await readSchedule(client, id, 0);
  return lostDayTexts(await readLostDays(client, id, { from, to: from + YEAR }), timeZone);
}

/** @throws {UsageError} before anything is created, when an option, the input or the ID won't do */
async function create(
  { terminal, temporal, workersHere }: CliContext,
  id: string,
  options: CreateOptions,
  bucket: FindBucket,
): Promise<void> {
  if (id.trim() === '') throw new UsageError("The schedule's ID is empty; leave it out for `nightly`.");
  const { input, uploads, notes } = await preparedInput(options, workersHere);
  const note = noteText('Created', options, Date.now());
  const client = await temporal.client();
  await storeLocalSources(uploads, bucket, terminal);
  await createSchedule(client, { ...options, id, note, input, pauseOnFailure: options.pauseOnFailure ?? false });
  const { cron, timeZone, nextTimes } = await readSchedule(client, id, 0);
  const [next] = nextTimes;
  const url = scheduleUrl(temporal, id);
  print(terminal.err, [...notes, ...(await lostDayWarnings(client, id))]);
  print(terminal.out, [
    `Created schedule ${id}: ${cron.join(' | ')}, clocks of ${timeZone}.`,
    ...(next === undefined ? [] : [`The first run is due ${formatZoned(next, timeZone)}.`]),
    ...(url === null ? [] : [url]),
  ]);
}
