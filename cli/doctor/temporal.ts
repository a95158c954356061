/** Checks that Temporal answers, has the namespace, and that workers poll both queues. */
import type { Client } from '@temporalio/client';
import { CPU_QUEUE, GPU_QUEUE } from '../../contracts/queues.ts';
import { buildsPolling } from '../../workers/worker-deployment.ts';
import type { TemporalAccess } from '../context.ts';
import { UnreachableError } from '../exit.ts';
import { type Check, warn } from './check.ts';
import { idleWorkers } from './worker-builds.ts';

/** @param isLocal true where no server is configured: that the local one is not up is then no fault. */
export function temporalCheck(temporal: TemporalAccess, isLocal: boolean): Check {
  const { address, namespace } = temporal;
  return {
    name: 'Temporal',
    fix: 'check TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and the credentials',
    async look() {
      try {
        const client = await temporal.client();
        await client.workflowService.describeNamespace({ namespace });
        return await findings(client, `${address}, namespace ${namespace}`);
      } catch (error) {
        if (!isLocal || !(error instanceof UnreachableError)) throw error;
        return warn(`no local server at ${address}`, 'veille dev and veille demo start it');
      }
    },
  };
}

async function findings(client: Client, place: string): ReturnType<Check['look']> {
  const queues = [CPU_QUEUE, GPU_QUEUE];
  const deployment = { service: client.workflowService, namespace: client.options.namespace };
  const polled = await Promise.all(
    queues.map(async (queue) => ({ queue, builds: await buildsPolling(deployment, queue) })),
  );
  const idle = polled.filter(({ builds }) => builds.length === 0).map(({ queue }) => queue);
  if (idle.length > 0)
    return warn(
      `${place}, but no worker on ${idle.join(' and ')}`,
      'start the workers: veille dev, or your deployment',
    );
  const wrong = await idleWorkers(client, polled);
  return wrong ? warn(`${place}, but ${wrong.detail}`, wrong.fix) : `${place}, workers on ${queues.join(' and ')}`;
}
