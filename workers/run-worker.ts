/** Connects, runs one worker until it is told to stop, and stops it in order. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { WorkerConfig } from './config.ts';
import { keepHealthFiles } from './health-files.ts';
import { takeOver } from './take-over.ts';
import { DEPLOYMENT_NAME, whyUnversioned, type Deployment } from './worker-deployment.ts';

/** Between tries to reach a Temporal server that is not up yet. */
const CONNECT_RETRY_MS = 1_000;
/** Heartbeats are handed on at least so often: a sixth of their timeout. */
const HEARTBEAT_THROTTLE = '5 seconds';
/** For activities to notice that they were cancelled, after the grace time. */
const FORCE_AFTER_GRACE = '15 seconds';

type Options = Pick<WorkerOptions, 'workflowsPath' | 'maxConcurrentActivityTaskExecutions'> & {
  readonly taskQueue: string;
  /** Made once the server answers. */
  readonly activities: (connection: NativeConnection, namespace: string) => Promise<object> | object;
  /** How long running activities may go on after the worker was told to stop. */
  readonly grace: `${number} seconds`;
};

/** @param preempt aborted at the first SIGTERM or SIGINT, before the worker stops taking tasks */
export async function runWorker(
  config: WorkerConfig,
  logger: Logger,
  preempt: AbortController,
  options: Options,
): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      logger.info({ signal }, 'stopping');
      preempt.abort();
      stop.abort();
    });
  const connection = await connect(config, logger, stop.signal);
  if (!connection) return;
  try {
    const { grace, activities, ...workerOptions } = options;
    const { buildId, builtAt } = config;
    const namespace = config.temporal.namespace ?? 'default';
    const identity = `${process.pid}@${hostname()}`;
    const deployment = { service: connection.workflowService, namespace, identity };
    const versioned = await isVersioned(deployment, logger);
    const worker = await Worker.create({
      ...workerOptions,
      ...(versioned ? versionOf(buildId) : {}),
      activities: await activities(connection, namespace),
      connection,
      namespace,
      identity,
      shutdownGraceTime: grace,
      shutdownForceTime: FORCE_AFTER_GRACE,
      maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
      defaultHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
    });
    const running = worker.run();
    const endHealth = keepHealthFiles(worker, {
      folder: join(config.stateDir, 'health'),
      queue: options.taskQueue,
      logger,
    });
    stop.signal.addEventListener('abort', () => worker.shutdown(), { once: true });
    if (stop.signal.aborted) worker.shutdown();
    logger.info({ taskQueue: options.taskQueue, buildId }, 'worker ready');
    const hasWorkflows = options.workflowsPath !== undefined;
    if (versioned)
      void takeOver({ deployment, buildId, builtAt, mode: config.deploy, hasWorkflows, logger, stop: stop.signal });
    await running.finally(endHealth);
    logger.info('worker stopped');
  } finally {
    await connection.close();
  }
}

/**
 * Running workflows go over to the current build rather than stay with the one that started them: a build is replaced in
 * place, and a run of hours would wait for ever for a build that is gone. Patches, and histories that are replayed in
 * tests, see to it that the new build understands what the old one began.
 */
function versionOf(buildId: string): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  return {
    workerDeploymentOptions: {
      version: { deploymentName: DEPLOYMENT_NAME, buildId },
      useWorkerVersioning: true,
      defaultVersioningBehavior: 'AUTO_UPGRADE',
    },
  };
}

async function isVersioned(deployment: Deployment, logger: Logger): Promise<boolean> {
  const reason = await whyUnversioned(deployment);
  if (reason !== null)
    logger.warn({ reason }, 'the Temporal server does not keep builds apart: any worker takes any task');
  return reason === null;
}

/** Waits for the server as long as it takes: a worker may be started before it. */
async function connect(
  { temporal }: WorkerConfig,
  logger: Logger,
  stop: AbortSignal,
): Promise<NativeConnection | null> {
  while (!stop.aborted) {
    try {
      return await NativeConnection.connect(temporal.connectionOptions);
    } catch (error) {
      const address = temporal.connectionOptions.address ?? 'localhost:7233';
      logger.warn(
        { reason: error instanceof Error ? error.message : error },
        `Temporal at ${address} is not reachable, trying again`,
      );
      await wait(CONNECT_RETRY_MS, undefined, { signal: stop }).catch(() => {});
    }
  }
  return null;
}
