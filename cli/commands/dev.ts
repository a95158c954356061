/** `veille dev`: everything a run needs, on this machine, until Ctrl-C. */
import { Command, InvalidArgumentError } from 'commander';
import { print, type CliContext } from '../context.ts';
import { aborted } from '../interrupt.ts';
import type { StartServices } from '../services.ts';
import { withServices } from './with-services.ts';

const EXAMPLES = `
Starts Temporal with its UI, an S3 server, the CPU worker and the GPU worker; where TEMPORAL_ADDRESS or S3_ENDPOINT
is set, that server is used instead. What they store stays in the state folder: the next start goes on from there.

Examples:
  $ veille dev
  $ veille dev --ui-port 8080 --state-dir /mnt/fast/veille
  $ veille run --watch                                 in another terminal`;

export interface DevOptions {
  readonly stateDir: string;
  readonly temporalPort?: number;
  readonly uiPort?: number;
  readonly s3Port?: number;
}

export function devCommand(context: () => CliContext, start: StartServices, stateDir: string): Command {
  return new Command('dev')
    .description('run Temporal, S3 and both workers here until Ctrl-C')
    .option('--state-dir <folder>', 'where the servers keep their data and logs', stateDir)
    .option('--temporal-port <port>', "Temporal's port", parsePort)
    .option('--ui-port <port>', "the Temporal UI's port", parsePort)
    .option('--s3-port <port>', "the S3 server's port", parsePort)
    .addHelpText('after', EXAMPLES)
    .action((options: DevOptions) => dev(context(), start, options));
}

/** Runs until Ctrl-C, which is how it is meant to end. */
export async function dev(context: CliContext, start: StartServices, options: DevOptions): Promise<void> {
  const { stateDir, temporalPort, uiPort, s3Port } = options;
  const ports = {
    ...(temporalPort === undefined ? {} : { temporal: temporalPort }),
    ...(uiPort === undefined ? {} : { ui: uiPort }),
    ...(s3Port === undefined ? {} : { s3: s3Port }),
  };
  await withServices(context, start, { stateDir, ports, freeWhereTaken: false }, 'Stopped.', async ({ signal }) => {
    print(context.terminal.out, [
      'Ready. Start a run in another terminal: veille run --watch. Ctrl-C stops everything.',
    ]);
    await aborted(signal);
  });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidArgumentError('A port is a whole number from 1 to 65535, or 0 for any free one.');
  }
  return port;
}
