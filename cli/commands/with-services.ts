/** Starts the local services, works with them, and stops them whatever happens. */
import { print, type CliContext, type Terminal } from '../context.ts';
import { CliError, EXIT, InterruptedError } from '../exit.ts';
import type { LocalServices, ServicesOptions, StartServices } from '../services.ts';

export interface ServicesSession {
  /** The context, with the started services in the place of the configured ones. */
  readonly context: CliContext;
  /** Aborted by Ctrl-C, and when a service ends by itself. */
  readonly signal: AbortSignal;
  /** Where the services' news go from now on, instead of standard error: a screen that is redrawn must not be torn. */
  readonly divertNews: (listener: (line: string) => void) => void;
}

/**
 * @returns what `work` returns, once everything has stopped
 * @throws {InterruptedError} with `interrupted` as its message after Ctrl-C, once everything has stopped.
 * @throws {CliError} when a service does not start, or ends by itself
 * @throws whatever `work` throws
 */
export async function withServices<R>(
  context: CliContext,
  start: StartServices,
  options: Omit<ServicesOptions, 'signal' | 'log'>,
  interrupted: string,
  work: (session: ServicesSession) => Promise<R>,
): Promise<R> {
  const { terminal } = context;
  const interrupt = context.interruptSignal();
  print(terminal.err, ['Starting Temporal, S3 and the workers …']);
  let tell = (line: string): void => print(terminal.err, [line]);
  const log = (line: string): void => tell(line);
  const services = await start({ ...options, log, signal: interrupt }).catch((error: unknown) => {
    throw interrupt.aborted ? new InterruptedError(interrupted) : outage(error);
  });
  const signal = AbortSignal.any([interrupt, services.broken]);
  const { temporal, artifactsUrl } = services;
  try {
    printAddresses(terminal, services);
    const result = await work({
      signal,
      divertNews: (listener) => (tell = listener),
      context: { ...context, temporal, artifactsUrl, interruptSignal: () => signal },
    });
    if (services.broken.aborted) throw outage(services.broken.reason);
    return result;
  } catch (error) {
    if (services.broken.aborted) throw outage(services.broken.reason);
    throw error instanceof InterruptedError ? new InterruptedError(interrupted) : error;
  } finally {
    print(terminal.err, ['Stopping the workers, then the servers …']);
    await services.stop();
  }
}

/** What keeps servers from running is a matter of this machine, told by its message: no stack is wanted. */
function outage(reason: unknown): CliError {
  if (reason instanceof CliError) return reason;
  return new CliError(reason instanceof Error ? reason.message : String(reason), EXIT.failed, { cause: reason });
}

function printAddresses({ err, colors }: Terminal, { addresses, gpu }: LocalServices): void {
  const width = Math.max(0, ...addresses.map(([name]) => name.length));
  print(
    err,
    addresses.map(([name, address]) => `  ${name.padEnd(width)}  ${address}`),
  );
  const warning = 'NO GPU FOUND: fine-tuning and export run on the CPU, many times slower.';
  print(err, [gpu === null ? colors.bold(colors.yellow(warning)) : `  ${'GPU'.padEnd(width)}  ${gpu}`]);
}
