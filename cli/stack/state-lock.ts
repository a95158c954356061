/** One stack at a time in a state folder: a file that names its owner and, once it is up, where its servers are. */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';

export interface StackAddresses {
  /** host:port */
  readonly temporal: string;
  /** Base URL of the Temporal UI without a trailing slash; null where none is known. */
  readonly ui: string | null;
  /** URL of the S3 server; null where it is not ours. */
  readonly s3: string | null;
}

export interface RunningStack {
  readonly owner: ProcessIdentity;
  /** Null while it is still starting. */
  readonly addresses: StackAddresses | null;
}

/** Another process runs a stack on the same state folder. */
export class StackRunningError extends Error {
  override readonly name = 'StackRunningError';
  readonly running: RunningStack;

  constructor(stateDir: string, running: RunningStack) {
    const { owner, addresses } = running;
    super(
      `A stack is already running on ${stateDir}, as pid ${owner.pid}` +
        (addresses?.ui ? `, with its UI at ${addresses.ui}` : '') +
        '. Stop it first, or choose another folder with --state-dir.',
    );
    this.running = running;
  }
}

export interface StateLock {
  /** Tells other processes where the servers are. */
  publish(addresses: StackAddresses): void;
  release(): void;
}

/** @throws {StackRunningError} */
export function lockState(stateDir: string): StateLock {
  mkdirSync(stateDir, { recursive: true });
  const path = lockFile(stateDir);
  const owner = identify(process.pid);
  if (owner === null)
    throw new Error('/proc does not show this process: the local stack needs Linux with /proc mounted');
  while (!place(path, { owner, addresses: null })) {
    const text = readText(path);
    if (text === null) continue;
    const running = JSON.parse(text) as RunningStack;
    if (isAlive(running.owner)) throw new StackRunningError(stateDir, running);
    removeStale(path, text);
  }
  return {
    publish(addresses) {
      const draft = draftOf(path);
      writeFileSync(draft, JSON.stringify({ owner, addresses } satisfies RunningStack));
      renameSync(draft, path);
    },
    release: () => rmSync(path, { force: true }),
  };
}

/** @returns the stack that another process, or this one, runs on the folder; null when there is none */
export function findRunningStack(stateDir: string): RunningStack | null {
  const text = readText(lockFile(stateDir));
  if (text === null) return null;
  const running = JSON.parse(text) as RunningStack;
  return isAlive(running.owner) ? running : null;
}

/** Creates the file with its content in one step, unless it is there. */
function place(path: string, content: RunningStack): boolean {
  const draft = draftOf(path);
  writeFileSync(draft, JSON.stringify(content));
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft);
  }
}

/** Takes a dead owner's file away, unless another process has been quicker and the file is now that one's. */
function removeStale(path: string, text: string): void {
  const aside = draftOf(path);
  try {
    renameSync(path, aside);
    if (readFileSync(aside, 'utf8') !== text) linkSync(aside, path);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function lockFile(stateDir: string): string {
  return join(stateDir, 'stack.json');
}

function draftOf(path: string): string {
  return `${path}.${process.pid}`;
}
