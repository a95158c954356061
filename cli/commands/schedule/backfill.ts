/** `veille schedule backfill`: the runs that a schedule would have started in some days that are over. */
import { counted } from '../../../contracts/count.ts';
import { Command } from 'commander';
import { print, printJson, type CliContext } from '../../context.ts';
import { UsageError } from '../../exit.ts';
import { backfillRange } from '../../schedule/backfill-range.ts';
import { withSchedule } from '../../schedule/find-schedule.ts';
import { matchingTimes, MOST_TIMES } from '../../schedule/matching-times.ts';
import { lostDayTexts } from '../../schedule/clock-gaps.ts';
import { readLostDays, readSchedule } from '../../schedule/read-schedule.ts';
import { formatZoned } from '../../schedule/zoned-time.ts';

const EXAMPLES = `
Starts the runs that were due in days when the schedule was paused, or not there yet. They go one after the other, the
first at once, each named after the time at which it was due. One that has run already runs again, and ends unchanged.

Both ends are included. A date alone is the whole day by the schedule's own clocks.

Examples:
  $ veille schedule backfill nightly --from 2026-11-20 --to 2026-11-23 --dry-run
  $ veille schedule backfill nightly --from 2026-11-20T00:00Z --to 2026-11-20T12:00Z`;

export interface BackfillOptions {
  readonly from: string;
  readonly to: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function backfillCommand(context: () => CliContext): Command {
  return new Command('backfill')
    .description('start the runs that were due in days that are over')
    .argument('<schedule>', 'its ID')
    .requiredOption('--from <time>', 'first date or time, ISO 8601')
    .requiredOption('--to <time>', 'last date or time, ISO 8601')
    .option('--dry-run', 'say what would be started, and start nothing')
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXAMPLES)
    .action((id: string, options: BackfillOptions) => backfill(context(), id, options));
}

/** @throws {UsageError} when there is no such schedule, or its times between the bounds are none or too many */
async function backfill({ terminal, temporal }: CliContext, id: string, options: BackfillOptions): Promise<void> {
  const { from, to, dryRun = false, json } = options;
  const client = await temporal.client();
  const { timeZone } = await readSchedule(client, id, 0);
  const range = backfillRange(from, to, timeZone, Date.now());
  const times = await matchingTimes(client, id, range);
  refuseUnlessSome(times, options);
  const document = { schedule: id, dryRun, times: times.map((time) => new Date(time).toISOString()) };
  print(terminal.err, lostDayTexts(await readLostDays(client, id, range), timeZone));
  if (json) printJson(terminal.out, document);
  else print(terminal.out, lines(times, timeZone, dryRun));
  if (dryRun) return;
  await withSchedule(client, id, (handle) =>
    handle.backfill({ start: new Date(range.from), end: new Date(range.to), overlap: 'BUFFER_ALL' }),
  );
  print(terminal.err, [`Follow them with \`veille schedule show ${id}\`.`]);
}

function refuseUnlessSome({ length }: readonly number[], { from, to }: BackfillOptions): void {
  if (length === 0) throw new UsageError(`--from ${from} --to ${to}: no run was due between them.`);
  if (length < MOST_TIMES) return;
  throw new UsageError(`--from ${from} --to ${to}: ${MOST_TIMES} runs or more were due between them; name fewer days.`);
}

function lines(times: readonly number[], timeZone: string, dryRun: boolean): string[] {
  const runs = `${counted(times.length, 'run')}${times.length > 1 ? ', one after the other' : ''}`;
  return [
    `${dryRun ? 'Would start' : 'Starts'} ${runs}, due at:`,
    ...times.map((time) => `  ${formatZoned(time, timeZone)}`),
  ];
}
