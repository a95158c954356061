/** Which build is to run everything: what a worker does about it once it polls. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { WorkerConfig } from './config.ts';
import { GRPC_STATUS, reasonOf, statusOf } from './grpc-status.ts';
import { makeCurrent, readCurrentBuild, type Deployment } from './worker-deployment.ts';

/** Milliseconds between tries, doubled each time: the server needs some tenths of a second to learn of a worker. */
const PAUSE = { first: 50, last: 10_000 } as const;

interface TakeOver {
  readonly deployment: Deployment;
  readonly buildId: string;
  readonly mode: WorkerConfig['deploy'];
  /** True for the worker that has the workflows: a build without them would stop all runs. */
  readonly hasWorkflows: boolean;
  readonly logger: Logger;
  readonly stop: AbortSignal;
}

/**
 * In mode auto the worker that has the workflows makes its build the current one, and the GPU worker follows. In mode
 * manual, `veille deploy` does it. Where no build is current, and so nothing would run, either worker makes its own so.
 * Never fails: a server that refuses or is away is told of in the log.
 */
export async function takeOver(options: TakeOver): Promise<void> {
  const { buildId, logger, stop } = options;
  for (let pause: number = PAUSE.first; !stop.aborted; pause = Math.min(2 * pause, PAUSE.last)) {
    try {
      await decide(options);
      return;
    } catch (error) {
      const reason = reasonOf(error);
      if (statusOf(error) === GRPC_STATUS.permissionDenied) {
        logger.warn({ buildId, reason }, `this worker may not say which build is current: ${adviceFor(buildId)}`);
        return;
      }
      logger[pause < PAUSE.last ? 'debug' : 'warn']({ buildId, reason }, 'which build is current is not settled yet');
    }
    await wait(pause, undefined, { signal: stop }).catch(() => {});
  }
}

async function decide({ deployment, buildId, mode, hasWorkflows, logger }: TakeOver): Promise<void> {
  if (mode === 'auto' && hasWorkflows) {
    const previous = await makeCurrent(deployment, buildId);
    logger.info({ buildId, previous }, 'this build is current');
    return;
  }
  const current = await readCurrentBuild(deployment);
  if (current.buildId === null) {
    await makeCurrent(deployment, buildId, current.token);
    logger.info({ buildId, previous: null }, 'this build is current');
  } else if (current.buildId !== buildId) {
    const fact = `build ${current.buildId} is current, so this worker of build ${buildId} takes no tasks`;
    if (mode === 'auto') logger.info(`${fact} before the CPU worker of its build is up`);
    else logger.warn(`${fact}: ${adviceFor(buildId)}`);
  }
}

function adviceFor(buildId: string): string {
  return `when all workers of it are up, run veille deploy --build ${buildId}`;
}
