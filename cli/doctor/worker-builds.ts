/** Whether the workers that poll are of the build that is current: others get no tasks. */
import type { Client } from '@temporalio/client';
import { readCurrentBuild } from '../../workers/worker-deployment.ts';

/** The workers of one task queue. */
export interface Polled {
  readonly queue: string;
  /** Builds that they are of; null: a worker without one, on a server that does not keep builds apart. */
  readonly builds: readonly (string | null)[];
}

/** What is wrong, and what to do about it; null where nothing is. */
export async function idleWorkers(
  { workflowService, options }: Client,
  polled: readonly Polled[],
): Promise<{ readonly detail: string; readonly fix: string } | null> {
  const builds = polled.flatMap((queue) => queue.builds).filter((build) => build !== null);
  if (builds.length === 0) return null;
  const { namespace, identity } = options;
  const { buildId: current } = await readCurrentBuild({ service: workflowService, namespace, identity });
  if (current === null) return { detail: 'no build of the workers is current: no run starts', fix: 'veille deploy' };
  const idle = polled.filter((queue) => queue.builds.length > 0 && !queue.builds.includes(current));
  if (idle.length === 0) return null;
  const others = idle.map((queue) => `${queue.queue} has workers of ${queue.builds.join(', ')} only`);
  return {
    detail: `build ${current} is current, but ${others.join(' and ')}`,
    fix: `start workers of build ${current}, or make theirs current: veille deploy --build ID`,
  };
}
