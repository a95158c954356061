/** The `veille` command line: its commands, and how an error becomes a message and an exit code. */
import type { Writable } from 'node:stream';
import { Command, CommanderError } from 'commander';
import { demoCommand } from './commands/demo.ts';
import { devCommand } from './commands/dev.ts';
import { doctorCommand, type Installation } from './commands/doctor.ts';
import { runCommand } from './commands/run.ts';
import { searchCommand } from './commands/search.ts';
import { showCommand } from './commands/show.ts';
import { watchCommand } from './commands/watch.ts';
import { print, type CliContext } from './context.ts';
import { CliError, EXIT } from './exit.ts';
import { isNoAnswer } from './observe/temporal-access.ts';
import type { StartServices } from './services.ts';

const EXAMPLES = `
Examples:
  $ veille demo                        the whole pipeline on bundled data, on this machine
  $ veille dev                         servers and workers, until Ctrl-C
  $ veille run --watch                 a retraining, as it goes
  $ veille show <workflow>             figures, steps and artifacts of a run
  $ veille search "a question"         what the newest run's retriever answers
  $ veille doctor                      what is missing

TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and S3_ENDPOINT point at servers of your own.
Exit code: 0 done, 1 failed, 2 wrong usage, 3 a server does not answer, 130 interrupted.`;

export interface ProgramParts {
  readonly version: string;
  /** Called by the command that runs, and not for help. */
  readonly context: () => CliContext;
  readonly installation: () => Installation;
  readonly startServices: StartServices;
  /** Default of --state-dir. */
  readonly stateDir: string;
}

export function createProgram({ version, context, installation, startServices, stateDir }: ProgramParts): Command {
  const program = new Command('veille')
    .description('Retrains a text-embedding retriever as a durable workflow: stop it anywhere, it goes on.')
    .version(version)
    .showHelpAfterError('(add --help for the options and examples)')
    .addHelpText('after', EXAMPLES)
    .exitOverride();
  const commands = [
    demoCommand(context, startServices, stateDir),
    devCommand(context, startServices, stateDir),
    runCommand(context),
    watchCommand(context),
    showCommand(context),
    searchCommand(context, installation),
    doctorCommand(context, installation),
  ];
  for (const command of commands) program.addCommand(command.copyInheritedSettings(program));
  return program;
}

/**
 * Runs one command line.
 *
 * @param create makes the program; an error of the configuration is told like any other
 * @returns the exit code; what went wrong is written to `err`
 */
export async function runProgram(create: () => Command, args: readonly string[], err: Writable): Promise<number> {
  try {
    await create().parseAsync(args, { from: 'user' });
    return EXIT.done;
  } catch (error) {
    // Commander has printed its own message, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    const { message, exitCode } = foreseen(error);
    print(err, [message]);
    return exitCode;
  }
}

/** A foreseen error is its message; any other is a bug, whose stack is wanted. */
function foreseen(error: unknown): { readonly message: string; readonly exitCode: number } {
  if (error instanceof CliError) return error;
  if (!(error instanceof Error)) return { message: String(error), exitCode: EXIT.failed };
  if (isNoAnswer(error)) {
    return { message: `Temporal does not answer any more: ${error.message}`, exitCode: EXIT.unreachable };
  }
  return { message: error.stack ?? error.message, exitCode: EXIT.failed };
}
