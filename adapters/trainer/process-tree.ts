/** Ends every process of a job, those too that the job's own process has started or left behind. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Between looks: a process that was killed is gone after a moment. */
const POLL_MS = 25;
/** A process in an uninterruptible wait (a dead NFS mount, a hung GPU driver) survives SIGKILL until its wait ends. */
const GIVE_UP_MS = 20_000;

/** A process that SIGKILL did not end. */
export interface SurvivingProcess {
  readonly pid: number;
  /** What it is and what it waits in, from /proc: `python (state D)`. */
  readonly description: string;
}

/**
 * Kills the processes that work in `folder` or below it, until there are none. Unlike parents, groups and sessions,
 * the folder that a job was given stays with all that it starts: torchrun puts its processes into sessions of their
 * own, and what outlives its parent is handed to another.
 *
 * @param folder without symbolic links
 * @param options.giveUpMs how long to try. @default 20 seconds
 * @param options.kill @default SIGKILL
 * @returns the processes that were still there when it gave up
 */
export async function killProcessesIn(
  folder: string,
  { giveUpMs = GIVE_UP_MS, kill = killNow }: { giveUpMs?: number; kill?: (pid: number) => void } = {},
): Promise<readonly SurvivingProcess[]> {
  const deadline = performance.now() + giveUpMs;
  for (let pids = processesIn(folder); pids.length > 0; pids = processesIn(folder)) {
    if (performance.now() > deadline) return pids.map((pid) => ({ pid, description: describeProcess(pid) }));
    for (const pid of pids) kill(pid);
    await sleep(POLL_MS);
  }
  return [];
}

/** One sentence for a log or a failure. */
export function describeSurvivors(survivors: readonly SurvivingProcess[]): string {
  const named = survivors.map(({ pid, description }) => `${pid} ${description}`).join(', ');
  return `SIGKILL does not end ${named}: it waits in the kernel, for a disk, a network share or a device. Restart the machine`;
}

function processesIn(folder: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const isInside = (path: string): boolean => `${path}/`.startsWith(`${folder}/`);
  return pids.map(Number).filter((pid) => pid !== process.pid && isInside(workingDirectoryOf(pid)));
}

/** Empty for another user's process, and for one that has ended. */
function workingDirectoryOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

function describeProcess(pid: number): string {
  try {
    // "pid (name) state …": the name may hold anything, parentheses too.
    const [, name, state] = /\((.*)\) (\S)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return `${name} (state ${state})`;
  } catch {
    return '(ended since)';
  }
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
