/** `veille schedule pause` and `resume`: no more runs by themselves, for a while; with who and why. */
import { Command } from 'commander';
import type { AuthorOptions } from '../../author.ts';
import { print, type CliContext } from '../../context.ts';
import { withSchedule } from '../../schedule/find-schedule.ts';
import { noteText } from '../../schedule/note.ts';
import { readSchedule } from '../../schedule/read-schedule.ts';
import { formatZoned } from '../../schedule/zoned-time.ts';

const PAUSE_EXAMPLES = `
A run that goes on is left alone. What falls into the pause is not caught up later: \`veille schedule backfill\` does that.

Examples:
  $ veille schedule pause nightly --note "the corpus moves to another bucket"
  $ veille schedule pause nightly --by ada --note "GPU maintenance until Monday"`;

const RESUME_EXAMPLES = `
Examples:
  $ veille schedule resume nightly
  $ veille schedule resume nightly --by ada --note "GPU is back"`;

export function pauseCommand(context: () => CliContext): Command {
  return new Command('pause')
    .description('start no runs until it is resumed')
    .argument('<schedule>', 'its ID')
    .requiredOption('--note <text>', 'why')
    .option('--by <name>', "who pauses it (default: the user's name)")
    .addHelpText('after', PAUSE_EXAMPLES)
    .action((id: string, options: AuthorOptions) => pause(context(), id, options));
}

export function resumeCommand(context: () => CliContext): Command {
  return new Command('resume')
    .description('start runs again')
    .argument('<schedule>', 'its ID')
    .option('--note <text>', 'why')
    .option('--by <name>', "who resumes it (default: the user's name)")
    .addHelpText('after', RESUME_EXAMPLES)
    .action((id: string, options: AuthorOptions) => resume(context(), id, options));
}

/** @throws {UsageError} when there is no such schedule */
async function pause({ terminal, temporal }: CliContext, id: string, options: AuthorOptions): Promise<void> {
  const note = noteText('Paused', options, Date.now());
  await withSchedule(await temporal.client(), id, (handle) => handle.pause(note));
  print(terminal.out, [`Schedule ${id} is paused until \`veille schedule resume ${id}\`.`]);
}

/** @throws {UsageError} when there is no such schedule */
async function resume({ terminal, temporal }: CliContext, id: string, options: AuthorOptions): Promise<void> {
  const note = noteText('Resumed', options, Date.now());
  const client = await temporal.client();
  await withSchedule(client, id, (handle) => handle.unpause(note));
  const { timeZone, nextTimes } = await readSchedule(client, id, 0);
  const [next] = nextTimes;
  const due = next === undefined ? 'but no run is due any more' : `the next run is due ${formatZoned(next, timeZone)}`;
  print(terminal.out, [`Schedule ${id} is active again; ${due}.`]);
}
