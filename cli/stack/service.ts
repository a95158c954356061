/** One server or worker as a child process: its log in a file, ready when it answers, stopped in order. */
import { spawn } from 'node:child_process';
import { closeSync, copyFileSync, mkdirSync, openSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { removePidFile, writePidFile } from './pid-file.ts';
import { identify, type ProcessIdentity } from './process-identity.ts';
import { sendSignal, stopProcess } from './stop-process.ts';

const POLL_MS = 50;
const LOG_LINES_IN_ERROR = 15;
/** Bytes of a log before it begins anew: with the earlier one, twice that is kept. */
const LARGEST_LOG = 64 << 20;
/** Milliseconds between two looks at its size. */
const ROTATE_MS = 10_000;

export interface ServiceOptions {
  /** One word, unique in the stack: names the log and the pid file. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment: nothing is inherited. */
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly stateDir: string;
  /** Asked until it says true. `log` is what the process has written since its start. */
  readonly isReady: (log: string) => boolean | Promise<boolean>;
  readonly readyTimeoutMs: number;
  /** Milliseconds that the process may take to end after SIGTERM. */
  readonly stopGraceMs: number;
  /** Aborted while starting: the process is stopped and the reason thrown. */
  readonly signal?: AbortSignal | undefined;
}

export interface Service {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Resolves to how the process ended, "exit code 1" or "SIGKILL", whoever ended it. */
  readonly ended: Promise<string>;
  /** SIGTERM, then SIGKILL after the grace time; resolves once it is gone, with all that it started. */
  stop(): Promise<void>;
}

/**
 * @returns once the service is ready
 * @throws {Error} with the last lines of its log, when it ends or stays silent for too long
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { name, stateDir, stopGraceMs } = options;
  const log = openLog(stateDir, name);
  const { identity, ended } = spawnDetached(options, log.fd);
  closeSync(log.fd);
  writePidFile(stateDir, { ...identity, name, stopGraceMs });
  // Best effort when we end without stop(), by an uncaught error; the pid file is for when we can't.
  const killAtExit = (): void => sendSignal(-identity.pid, 'SIGTERM');
  process.once('exit', killAtExit);
  void ended.then(() => process.removeListener('exit', killAtExit));
  const service: Service = {
    name,
    pid: identity.pid,
    logFile: log.path,
    ended,
    async stop() {
      await stopProcess(identity, stopGraceMs);
      await ended;
      removePidFile(stateDir, name);
    },
  };
  try {
    await waitUntilReady(options, service, log.read);
    const rotation = setInterval(() => rotateLog(log.path), ROTATE_MS).unref();
    void ended.then(() => clearInterval(rotation));
    return service;
  } catch (error) {
    await service.stop();
    throw error;
  }
}

async function waitUntilReady(options: ServiceOptions, { ended, logFile }: Service, read: () => string): Promise<void> {
  const { name, isReady, readyTimeoutMs, signal } = options;
  let end = null as string | null;
  void ended.then((how) => (end = how));
  const deadline = performance.now() + readyTimeoutMs;
  const problem = (what: string): Error =>
    new Error(`${name} ${what}. Its log, ${logFile}, ends with:\n${lastLines(read())}`);
  for (;;) {
    signal?.throwIfAborted();
    // Asked first: what answers may be another's server on the same port.
    if (end !== null) throw problem(`ended before it was ready (${end})`);
    if (await isReady(read())) return;
    if (performance.now() > deadline) throw problem(`was not ready after ${readyTimeoutMs / 1000} s`);
    await sleep(POLL_MS, undefined, { signal });
  }
}

/** Out of the terminal's process group, so that Ctrl-C reaches us alone and things are stopped in order. */
function spawnDetached(options: ServiceOptions, log: number): { identity: ProcessIdentity; ended: Promise<string> } {
  const { command, args, env, cwd } = options;
  const child = spawn(command, args, { env, cwd, detached: true, stdio: ['ignore', log, log] });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const identity = child.pid === undefined ? null : identify(child.pid);
  if (identity === null) throw new Error(`${command} could not be started: is it there, and executable?`);
  return { identity, ended };
}

/**
 * Where a log has become too large, gives its content to `<log>.1`, in the place of what that had, and begins anew. The
 * process keeps appending to the same file.
 *
 * @param largest in bytes
 */
export function rotateLog(path: string, largest = LARGEST_LOG): void {
  try {
    if (statSync(path).size <= largest) return;
    copyFileSync(path, `${path}.1`);
    truncateSync(path);
  } catch {
    // A log that can't be rotated now, for want of space say, is rotated later.
  }
}

function openLog(stateDir: string, name: string): { fd: number; path: string; read: () => string } {
  const folder = join(stateDir, 'logs');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.log`);
  rotateLog(path);
  const fd = openSync(path, 'a');
  const start = statSync(path).size;
  return { fd, path, read: () => readFileSync(path).subarray(start).toString('utf8') };
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-LOG_LINES_IN_ERROR).join('\n') || '(nothing)';
}
