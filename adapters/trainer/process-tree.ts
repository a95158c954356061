/** Ends every process of a job, those too that the job's own process has started or left behind. */
import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Between looks: a process that was killed is gone after a moment. */
const POLL_MS = 25;

/**
 * Kills the processes that work in `folder` or below it, until there are none. Unlike parents, groups and sessions,
 * the folder that a job was given stays with all that it starts: torchrun puts its processes into sessions of their
 * own, and what outlives its parent is handed to another.
 *
 * @param folder without symbolic links
 */
export async function killProcessesIn(folder: string): Promise<void> {
  for (let pids = processesIn(folder); pids.length > 0; pids = processesIn(folder)) {
    for (const pid of pids) kill(pid);
    await sleep(POLL_MS);
  }
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

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
