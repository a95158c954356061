/** The `veille` command line: its commands, and how an error becomes a message and an exit code. */
import type { Writable } from 'node:stream';
import { Command, CommanderError } from 'commander';
import type { AuditInstallation } from './commands/audit.ts';
import type { Installation } from './commands/doctor.ts';
import { print, type CliContext } from './context.ts';
import { CliError, EXIT } from './exit.ts';
import { fitHelp } from './render/fit.ts';
import type { PlanningPlace } from './plan/place.ts';
import type { ReproductionPlace } from './reproduce/place.ts';
import type { StartServices } from './services.ts';
import { terminalText } from './terminal-text.ts';

const EXAMPLES = `
Examples:
  $ veille demo                        the whole pipeline on bundled data, on this machine
  $ veille dev                         servers and workers, until Ctrl-C
  $ veille run --watch                 a retraining, as it goes
  $ veille plan                        what it would do and take, without starting it
  $ veille sweep --grid lora.r=8,16    several trainings, and the best of them measured
  $ veille show <workflow>             figures, verdict, steps and artifacts of a run
  $ veille approve <workflow>          make the candidate of a run that waits the champion
  $ veille champion                    the model that retrieves now
  $ veille schedule create --cron "0 2 * * *" --timezone Europe/Paris
  $ veille runs                        all finished runs, newest first
  $ veille diff <run> <run>            what differs between two of them
  $ veille reproduce <run>             the same run again, from its record alone
  $ veille audit <run>                 is any byte of it changed, and do its figures follow
  $ veille export <run> run.tar        all of it in one archive, which audit takes
  $ veille gc                          what nothing needs any more, and how large it is
  $ veille search "a question"         what the newest run's retriever answers
  $ veille doctor                      what is missing

TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and S3_ENDPOINT point at servers of your own.
Exit code: 0 done, 1 failed, 2 wrong usage, 3 a server does not answer, 130 interrupted.`;

export interface ProgramParts {
  readonly version: string;
  /** Called by the command that runs, and not for help. */
  readonly context: () => CliContext;
  readonly installation: () => Installation & AuditInstallation;
  /** Of the code in this repository. */
  readonly buildId: () => string;
  readonly startServices: StartServices;
  /** Where `reproduce` runs; its libraries are those of the workers, and are loaded for it alone. */
  readonly reproductionPlace: () => Promise<ReproductionPlace>;
  /** What `plan` looks at; it asks the hub as the workers do. */
  readonly planningPlace: () => Promise<PlanningPlace>;
  /** Default of --state-dir. */
  readonly stateDir: string;
}

/** A command is imported when it is named: the libraries of the others take longer to load than it takes to run. */
const COMMANDS: Readonly<Record<string, (parts: ProgramParts) => Promise<Command>>> = {
  demo: async ({ context, startServices, stateDir }) =>
    (await import('./commands/demo.ts')).demoCommand(context, startServices, stateDir),
  dev: async ({ context, startServices, stateDir }) =>
    (await import('./commands/dev.ts')).devCommand(context, startServices, stateDir),
  run: async ({ context, installation }) => (await import('./commands/run.ts')).runCommand(context, installation),
  plan: async ({ context, planningPlace }) => (await import('./commands/plan.ts')).planCommand(context, planningPlace),
  sweep: async ({ context, installation }) => (await import('./commands/sweep.ts')).sweepCommand(context, installation),
  watch: async ({ context }) => (await import('./commands/watch.ts')).watchCommand(context),
  show: async ({ context }) => (await import('./commands/show.ts')).showCommand(context),
  approve: async ({ context }) => (await import('./commands/approve.ts')).approveCommand(context),
  pause: async ({ context }) => (await import('./commands/pause.ts')).pauseCommand(context),
  resume: async ({ context }) => (await import('./commands/pause.ts')).resumeCommand(context),
  cancel: async ({ context }) => (await import('./commands/cancel.ts')).cancelCommand(context),
  champion: async ({ context, installation }) =>
    (await import('./commands/champion.ts')).championCommand(context, installation),
  link: async ({ context }) => (await import('./commands/link.ts')).linkCommand(context),
  schedule: async ({ context, installation }) =>
    (await import('./commands/schedule.ts')).scheduleCommand(context, installation),
  runs: async ({ context, installation }) => (await import('./commands/runs.ts')).runsCommand(context, installation),
  diff: async ({ context, installation }) => (await import('./commands/diff.ts')).diffCommand(context, installation),
  reproduce: async ({ context, reproductionPlace }) =>
    (await import('./commands/reproduce.ts')).reproduceCommand(context, reproductionPlace),
  tag: async ({ context, installation }) => (await import('./commands/tag.ts')).tagCommand(context, installation),
  audit: async ({ context, installation }) => (await import('./commands/audit.ts')).auditCommand(context, installation),
  export: async ({ context, installation }) =>
    (await import('./commands/export.ts')).exportCommand(context, installation),
  gc: async ({ context, installation }) => (await import('./commands/gc.ts')).gcCommand(context, installation),
  search: async ({ context, installation }) =>
    (await import('./commands/search.ts')).searchCommand(context, installation),
  deploy: async ({ context, buildId }) => (await import('./commands/deploy.ts')).deployCommand(context, buildId),
  doctor: async ({ context, installation }) =>
    (await import('./commands/doctor.ts')).doctorCommand(context, installation),
};

/**
 * The program with the command that `args` name, or with all of them where none is named.
 *
 * @param args what follows `veille` on the command line
 */
export async function createProgram(parts: ProgramParts, args: readonly string[]): Promise<Command> {
  const program = new Command('veille')
    .description('Retrains a text-embedding retriever as a durable workflow: stop it anywhere, it goes on.')
    .version(parts.version)
    .configureOutput({ outputError: (text, write) => write(terminalText(text)) })
    .showHelpAfterError('(add --help for the options and examples)')
    .addHelpText('after', EXAMPLES)
    .configureOutput({
      writeOut: (text) => process.stdout.write(fitHelp(text, helpWidth(process.stdout))),
      writeErr: (text) => process.stderr.write(fitHelp(text, helpWidth(process.stderr))),
    })
    .exitOverride();
  const named = COMMANDS[args[0] ?? ''];
  const commands = await Promise.all((named ? [named] : Object.values(COMMANDS)).map((load) => load(parts)));
  for (const command of commands) program.addCommand(inherit(command, program));
  return program;
}

/** Where nobody says how wide a line may be, Commander takes this for its own part of the help. */
const HELP_WIDTH = 80;

function helpWidth({ columns }: { readonly columns?: number }): number {
  return columns ?? HELP_WIDTH;
}

/** Commander hands a program's settings to the commands that it makes itself, and not to those that it is given. */
function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const subcommand of command.commands) inherit(subcommand, command);
  return command;
}

/**
 * Runs one command line.
 *
 * @param create makes the program; an error of the configuration is told like any other
 * @returns the exit code; what went wrong is written to `err`
 */
export async function runProgram(
  create: () => Command | Promise<Command>,
  args: readonly string[],
  err: Writable,
): Promise<number> {
  try {
    const program = await create();
    await program.parseAsync(args, { from: 'user' });
    return EXIT.done;
  } catch (error) {
    // Commander has printed its own message, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    const { message, exitCode } = await foreseen(error);
    print(err, [message]);
    return exitCode;
  }
}

/** A foreseen error is its message; any other is a bug, whose stack is wanted. */
async function foreseen(error: unknown): Promise<{ readonly message: string; readonly exitCode: number }> {
  if (error instanceof CliError) return error;
  if (!(error instanceof Error)) return { message: String(error), exitCode: EXIT.failed };
  const { isNoAnswer } = await import('./observe/no-answer.ts');
  if (isNoAnswer(error)) {
    return { message: `Temporal does not answer any more: ${error.message}`, exitCode: EXIT.unreachable };
  }
  return { message: error.stack ?? error.message, exitCode: EXIT.failed };
}
