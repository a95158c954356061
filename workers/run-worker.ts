/** Connects, runs one worker until it is told to stop, and stops it in order. */
import { setTimeout as wait } from 'node:timers/promises';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { WorkerConfig } from './config.ts';

/** Between tries to reach a Temporal server that is not up yet. */
const CONNECT_RETRY_MS = 1_000;
/** Heartbeats are handed on at least so often: a sixth of their timeout. */
const HEARTBEAT_THROTTLE = '5 seconds';
/** For activities to notice that they were cancelled, after the grace time. */
const FORCE_AFTER_GRACE = '15 seconds';

type Options = Pick<WorkerOptions, 'activities' | 'workflowsPath' | 'maxConcurrentActivityTaskExecutions'> & {
  readonly taskQueue: string;
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
    const { grace, ...workerOptions } = options;
    const worker = await Worker.create({
      ...workerOptions,
      connection,
      namespace: config.temporal.namespace ?? 'default',
      shutdownGraceTime: grace,
      shutdownForceTime: FORCE_AFTER_GRACE,
      maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
      defaultHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
    });
    const running = worker.run();
    stop.signal.addEventListener('abort', () => worker.shutdown(), { once: true });
    if (stop.signal.aborted) worker.shutdown();
    logger.info({ taskQueue: options.taskQueue }, 'worker ready');
    await running;
    logger.info('worker stopped');
  } finally {
    await connection.close();
  }
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
