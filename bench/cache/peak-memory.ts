/** The most memory that a process has had. */
import { readFile } from 'node:fs/promises';

/**
 * MiB of resident memory at its peak. Linux only: `process.resourceUsage().maxRSS` is no use for a child, since it
 * begins with what its parent had when it forked.
 *
 * @param pid @default this process
 * @throws Error when there is no such process, or it has ended
 */
export async function peakMiB(pid: number | 'self' = 'self'): Promise<number> {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  if (kibibytes === undefined) throw new Error(`process ${pid} has ended: it has no memory any more`);
  return Number(kibibytes) / 1_024;
}
