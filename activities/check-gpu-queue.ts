/** Activity `checkGpuQueue`: whether a task on the GPU queue would find a worker, which Temporal itself does not say. */
import { GPU_QUEUE } from '../contracts/queues.ts';
import type { CpuActivityDeps } from './deps.ts';

type Deps = Pick<CpuActivityDeps, 'worker' | 'gpuBuilds'>;

/** @returns what the task would wait for, in one line for people; null where a worker of this build polls the queue */
export function createCheckGpuQueue({ worker: { buildId }, gpuBuilds }: Deps) {
  return async (): Promise<string | null> => {
    const builds = await gpuBuilds();
    // A worker without a build, on a server that does not keep builds apart, takes any task.
    if (builds.includes(buildId) || builds.includes(null)) return null;
    const others = builds.filter((build) => build !== null);
    const found = others.length === 0 ? 'no worker polls' : `only workers of build ${others.join(', ')} poll`;
    return `waits for a GPU worker of build ${buildId}: ${found} ${GPU_QUEUE}`;
  };
}
