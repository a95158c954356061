/** Checks of the machine around the program: disk space, and the W&B key. */
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatBytes } from '../render/quantity.ts';
import { type Check, warn } from './check.ts';

const GIB = 2 ** 30;
/** The demo writes less than 1 GiB; checkpoints and caches of real runs grow beyond 10. */
const LEAST_SPACE = GIB;
const ENOUGH_SPACE = 10 * GIB;

/** @param stateDir where the local stack keeps its data; it need not exist yet. */
export function diskCheck(stateDir: string): Check {
  const fix = `free some space, or keep the state elsewhere (--state-dir)`;
  return {
    name: 'Disk',
    fix,
    async look() {
      const { bavail, bsize } = await statfs(nearestFolder(stateDir));
      const free = bavail * bsize;
      const detail = `${formatBytes(free)} free for ${stateDir}`;
      if (free < LEAST_SPACE) throw new Error(detail);
      return free < ENOUGH_SPACE ? warn(detail, fix) : detail;
    },
  };
}

function nearestFolder(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestFolder(dirname(path));
}

/** The key itself is never looked at here, let alone printed. */
export function wandbCheck(hasKey: boolean): Check {
  return {
    name: 'W&B key',
    fix: '',
    look: async () =>
      hasKey
        ? 'there: runs are tracked online'
        : warn('none: runs are tracked offline', 'set WANDB_API_KEY for the workers'),
  };
}
