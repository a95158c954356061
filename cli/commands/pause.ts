/** `veille pause` and `veille resume`: a run stands still between two steps, with who and why. */
import { Command } from 'commander';
import { PAUSE_UPDATE, RESUME_UPDATE } from '../../contracts/queues.ts';
import { authorOf, type AuthorOptions } from '../author.ts';
import { print, type CliContext } from '../context.ts';
import { sendUpdate } from '../control/send-update.ts';
import { pausedText } from '../render/run-state.ts';

const EXIT_CODES = `
Exit code: 0 done, 1 the run has ended or refuses it, 2 wrong usage or no such run, 3 Temporal or its worker does not
answer.`;

const PAUSE_EXAMPLES = `
Steps that have begun go on to their end; no other starts until the run is resumed. To free a GPU at once, cancel the
run instead: the next one goes on from its checkpoint.

Examples:
  $ veille pause nightly-2026-11-24 --note "the bucket moves"
  $ veille pause nightly-2026-11-24 --by ada --note "GPU maintenance until noon"
${EXIT_CODES}`;

const RESUME_EXAMPLES = `
Examples:
  $ veille resume nightly-2026-11-24
  $ veille resume nightly-2026-11-24 --by ada --note "the bucket has moved"
${EXIT_CODES}`;

export function pauseCommand(context: () => CliContext): Command {
  return new Command('pause')
    .description('let no further step of a run start')
    .argument('<workflow>', "the run's workflow ID")
    .requiredOption('--note <text>', 'why')
    .option('--by <name>', "who pauses it (default: the user's name)")
    .addHelpText('after', PAUSE_EXAMPLES)
    .action((workflowId: string, options: AuthorOptions) => pause(context(), workflowId, options));
}

export function resumeCommand(context: () => CliContext): Command {
  return new Command('resume')
    .description('let the steps of a paused run start again')
    .argument('<workflow>', "the run's workflow ID")
    .option('--note <text>', 'why')
    .option('--by <name>', "who resumes it (default: the user's name)")
    .addHelpText('after', RESUME_EXAMPLES)
    .action((workflowId: string, options: AuthorOptions) => resume(context(), workflowId, options));
}

/** @throws {CliError} when the run has ended, refuses it or is not there */
export async function pause(
  { terminal, temporal }: CliContext,
  workflowId: string,
  options: AuthorOptions,
): Promise<void> {
  const { steps, paused } = await sendUpdate(await temporal.client(), workflowId, PAUSE_UPDATE, intervention(options));
  const running = steps.filter(({ state }) => state === 'running').map(({ name }) => name);
  print(terminal.out, [
    // Where somebody else was quicker, it is still paused by them.
    `Run ${workflowId} is ${paused === null ? 'paused' : pausedText(paused)}.`,
    ...(running.length === 0 ? [] : [`What runs goes on to its end: ${running.join(', ')}.`]),
    `No other step starts until \`veille resume ${workflowId}\`.`,
  ]);
}

/** @throws {CliError} when the run has ended, refuses it or is not there */
export async function resume(
  { terminal, temporal }: CliContext,
  workflowId: string,
  options: AuthorOptions,
): Promise<void> {
  await sendUpdate(await temporal.client(), workflowId, RESUME_UPDATE, intervention(options));
  print(terminal.out, [`Run ${workflowId} goes on: \`veille watch ${workflowId}\`.`]);
}

function intervention(options: AuthorOptions): { readonly by: string; readonly note?: string } {
  const { note } = options;
  return { by: authorOf(options), ...(note === undefined ? {} : { note }) };
}
