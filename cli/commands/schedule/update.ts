/** `veille schedule update`: another hour, another input, without losing what a schedule has done. */
import { Command, Option } from 'commander';
import { print, type CliContext } from '../../context.ts';
import { UsageError } from '../../exit.ts';
import { isObject } from '../../input/assignment.ts';
import { addInputOptions } from '../../input/input-options.ts';
import { storeLocalSources } from '../../input/local-sources.ts';
import { preparedInput } from '../../input/prepared-input.ts';
import type { InputOptions } from '../../input/run-input.ts';
import { type ScheduleChanges, updateSchedule } from '../../schedule/create-schedule.ts';
import { parseDuration } from '../../schedule/duration.ts';
import { noteText } from '../../schedule/note.ts';
import { overlapOption } from '../../schedule/overlap.ts';
import { readSchedule } from '../../schedule/read-schedule.ts';
import { formatZoned } from '../../schedule/zoned-time.ts';
import type { FindBucket } from '../champion.ts';
import { lostDayWarnings } from './create.ts';

const EXAMPLES = `
What no option names stays as it is. --set, --preset, --name, --data, --model and --guard lie over the input that the
schedule has; --config takes its place. The input is checked as a run would check it, and nothing changes where it is
wrong. A run that is under way keeps the input that it was started with.

Examples:
  $ veille schedule update nightly --cron "30 3 * * *" --timezone Europe/Paris
  $ veille schedule update nightly --set training.epochs=2 --note "more rows since May"
  $ veille schedule update nightly --data corpus.parquet
  $ veille schedule update nightly --config nightly.json --no-pause-on-failure

Exit code: 0 updated, 2 wrong usage or no such schedule, 3 Temporal does not answer.`;

interface UpdateOptions extends InputOptions, Partial<Omit<ScheduleChanges, 'input'>> {
  readonly by?: string;
}

/** Each of them, so that a new one is not forgotten. */
const INPUT_OPTIONS: Readonly<Record<keyof InputOptions, true>> = {
  config: true,
  preset: true,
  name: true,
  data: true,
  model: true,
  guard: true,
  set: true,
};
const OTHER_OPTIONS = ['cron', 'timezone', 'overlap', 'catchUp', 'jitter', 'pauseOnFailure'] as const;

export function updateCommand(context: () => CliContext, bucket: FindBucket): Command {
  const command = new Command('update')
    .description('change when a schedule starts runs, or their input')
    .argument('<schedule>', 'its ID')
    .option('--cron <expression>', 'when runs are due: minute hour day-of-month month day-of-week')
    .option('--timezone <name>', 'whose clocks --cron is about: a name of the IANA database');
  return addInputOptions(command)
    .addOption(overlapOption().default(undefined))
    .addOption(
      new Option('--catch-up <duration>', 'how late a missed run may start after an outage').argParser(parseDuration),
    )
    .addOption(new Option('--jitter <duration>', 'start up to so much later, at random').argParser(parseDuration))
    .option('--pause-on-failure', 'pause the schedule when a run of it fails')
    .option('--no-pause-on-failure', 'go on when a run of it fails')
    .option('--note <text>', 'why')
    .option('--by <name>', "who changes it (default: the user's name)")
    .addHelpText('after', EXAMPLES)
    .action((id: string, options: UpdateOptions) => update(context(), id, options, bucket));
}

/** @throws {UsageError} before anything is changed, when an option or the input won't do, or there is no such schedule */
async function update(
  { terminal, temporal, workersHere }: CliContext,
  id: string,
  options: UpdateOptions,
  bucket: FindBucket,
): Promise<void> {
  const changesInput = (Object.keys(INPUT_OPTIONS) as (keyof InputOptions)[]).some(
    (name) => options[name] !== undefined,
  );
  if (!changesInput && OTHER_OPTIONS.every((name) => options[name] === undefined))
    throw new UsageError('Nothing to change: name what is to be different, such as --cron or --set.');
  const note = noteText('Updated', options, Date.now());
  const client = await temporal.client();
  const { input: present, timeZone: zone } = await readSchedule(client, id, 0);
  const under = options.config === undefined && isObject(present) ? present : undefined;
  const prepared = changesInput ? await preparedInput(options, workersHere, under) : null;
  await storeLocalSources(prepared?.uploads ?? [], bucket, terminal);
  await updateSchedule(client, id, { ...options, note, ...(prepared && { input: prepared.input }) });
  const { cron, timeZone, nextTimes } = await readSchedule(client, id, 0);
  print(terminal.err, prepared?.notes ?? []);
  print(terminal.err, options.cron !== undefined || timeZone !== zone ? await lostDayWarnings(client, id) : []);
  const [next] = nextTimes;
  print(terminal.out, [
    `Updated schedule ${id}: ${cron.join(' | ')}, clocks of ${timeZone}.`,
    ...(next === undefined ? [] : [`The next run is due ${formatZoned(next, timeZone)}.`]),
  ]);
}
