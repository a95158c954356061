/** Worker process of the queue veille-cpu: all workflows, and every activity that needs no GPU. `node --import tsx workers/cpu.ts` */
import './exempt-loopback.ts';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { createCpuActivities } from '../activities/index.ts';
import { exportHistory } from '../adapters/histories/export-history.ts';
import { CPU_QUEUE, GPU_QUEUE } from '../contracts/queues.ts';
import { loadWorkerConfig } from './config.ts';
import { checkStore } from './check-store.ts';
import { createDeps } from './create-deps.ts';
import { endOnUncaught } from './end-on-uncaught.ts';
import { installLogging } from './logging.ts';
import { runWorker } from './run-worker.ts';
import { registerSearchAttributes } from './search-attributes.ts';
import { buildsPolling } from './worker-deployment.ts';

const config = loadWorkerConfig();
const logger = installLogging(config.logLevel, 'cpu');
endOnUncaught(logger);
const preempt = new AbortController();
const deps = await createDeps(config, logger, preempt.signal);
await checkStore(deps.artifacts.objects, logger, preempt.signal);
await runWorker(config, logger, preempt, {
  taskQueue: CPU_QUEUE,
  workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)),
  activities: async (connection, namespace) => {
    const { operatorService } = connection;
    const client = new Client({ connection, namespace });
    const warn = logger.warn.bind(logger);
    const searchable = await registerSearchAttributes(operatorService, namespace, warn);
    return createCpuActivities({
      ...deps,
      worker: { buildId: config.buildId, uiUrl: config.uiUrl, searchable },
      recording: {
        namespace,
        exportHistory: (run) => exportHistory(client, run),
        signer: config.signingKey,
        tsaUrl: config.tsaUrl,
        modelSigningKey: config.modelSigningKey,
      },
      gpuBuilds: () => buildsPolling({ service: connection.workflowService, namespace }, GPU_QUEUE),
    });
  },
  // Activities here wait for disks and the network, or share the encoder's threads.
  maxConcurrentActivityTaskExecutions: 16,
  // One segment of embeddings.
  grace: '20 seconds',
});
await deps.encoders.dispose();
await rm(deps.scratch, { recursive: true, force: true });
