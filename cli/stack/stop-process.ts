/** Stops a process that was spawned detached, with all that it has started. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, sessionOf, type ProcessIdentity } from './process-identity.ts';

const POLL_MS = 25;

/**
 * SIGTERM to the process alone, which then ends its children in its own order; after the grace time, or when it has
 * left children behind, SIGKILL to every process of its session.
 *
 * @param graceMs time to save its work
 */
export async function stopProcess(leader: ProcessIdentity, graceMs: number): Promise<void> {
  if (isAlive(leader)) sendSignal(leader.pid, 'SIGTERM');
  const deadline = performance.now() + graceMs;
  while (isAlive(leader) && performance.now() < deadline) await sleep(POLL_MS);
  for (let left = sessionOf(leader); left.length > 0; left = sessionOf(leader)) {
    for (const { pid } of left) sendSignal(pid, 'SIGKILL');
    await sleep(POLL_MS);
  }
}

/** @param pid of one process, or negative for its whole group; one that has ended meanwhile is as good as stopped */
export function sendSignal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
