/** The most memory that this process has had. */
import { readFile } from 'node:fs/promises';

/**
 * MiB of resident memory at its peak. Linux only: `process.resourceUsage().maxRSS` is no use for a child, since it
 * begins with what its parent had when it forked.
 */
export async function peakMiB(): Promise<number> {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile('/proc/self/status', 'utf8')) ?? [];
  return Number(kibibytes) / 1_024;
}
