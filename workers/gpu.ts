/** Worker process of the queue veille-gpu: export, fine-tuning and encoding on a GPU, one at a time. `node --import tsx workers/gpu.ts` */
import './exempt-loopback.ts';
import { rm } from 'node:fs/promises';
import { createGpuActivities } from '../activities/index.ts';
import { GPU_QUEUE } from '../contracts/queues.ts';
import { checkDevice } from './check-device.ts';
import { forbidTf32, loadWorkerConfig } from './config.ts';
import { checkStore } from './check-store.ts';
import { createDeps } from './create-deps.ts';
import { endOnUncaught } from './end-on-uncaught.ts';
import { installLogging } from './logging.ts';
import { runWorker } from './run-worker.ts';

const config = loadWorkerConfig();
const logger = installLogging(config.logLevel, 'gpu');
endOnUncaught(logger);
const preempt = new AbortController();
const cuda = await checkDevice(config.trainer.python, logger);
const deps = await createDeps(config, logger, preempt.signal, cuda);
forbidTf32();
await checkStore(deps.artifacts.objects, logger, preempt.signal);
await runWorker(config, logger, preempt, {
  taskQueue: GPU_QUEUE,
  activities: () => createGpuActivities(deps),
  maxConcurrentActivityTaskExecutions: config.gpuSlots,
  // One training step, one checkpoint and its upload.
  grace: '90 seconds',
});
await deps.encoders.dispose();
await rm(deps.scratch, { recursive: true, force: true });
