/** Which build is to run everything: what a worker does about it once it polls. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { WorkerConfig } from './config.ts';
import { GRPC_STATUS, reasonOf, statusOf } from './grpc-status.ts';
import {
  makeCurrent,
  publishBuildTime,
  readBuildTime,
  readCurrentBuild,
  type CurrentBuild,
  type Deployment,
} from './worker-deployment.ts';

/** Milliseconds between tries, doubled each time: the server needs some tenths of a second to learn of a worker. */
const PAUSE = { first: 50, last: 10_000 } as const;

interface TakeOver {
  readonly deployment: Deployment;
  readonly buildId: string;
  readonly builtAt: Date;
  readonly mode: WorkerConfig['deploy'];
  /** True for the worker that has the workflows: a build without them would stop all runs. */
  readonly hasWorkflows: boolean;
  readonly logger: Logger;
  readonly stop: AbortSignal;
}

/**
 * In mode auto the worker that has the workflows makes its build the current one unless that one is newer, so that a
 * replica of an older build that restarts does not take the runs back; the GPU worker follows. In mode always it does so
 * whatever is current. In mode manual, `veille deploy` does it. Where no build is current, and so nothing would run,
 * either worker makes its own so. Never fails: it logs that a server refuses or does not answer.
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

async function decide(options: TakeOver): Promise<void> {
  const { deployment, buildId, builtAt, mode, hasWorkflows, logger } = options;
  await publish(options);
  const current = await readCurrentBuild(deployment);
  if (current.buildId === buildId) return logger.info({ buildId }, 'this build is current');
  const leads = hasWorkflows && mode !== 'manual';
  if (current.buildId === null || (leads && (mode === 'always' || !(await isNewer(deployment, current, builtAt))))) {
    await makeCurrent(deployment, buildId, current.token);
    return logger.info({ buildId, previous: current.buildId }, 'this build is current');
  }
  const fact = `build ${current.buildId} is current, so this worker of build ${buildId} takes no tasks`;
  if (mode === 'manual') logger.warn(`${fact}: ${adviceFor(buildId)}`);
  else if (hasWorkflows) logger.warn(`${fact}: its code is older. To go back on purpose, ${adviceFor(buildId)}`);
  else logger.info(`${fact} before the CPU worker of its build is up`);
}

/** A server that keeps no metadata compares no builds: each that starts is then taken for the newest. */
async function publish({ deployment, buildId, builtAt }: TakeOver): Promise<void> {
  try {
    await publishBuildTime(deployment, buildId, builtAt);
  } catch (error) {
    if (statusOf(error) !== GRPC_STATUS.unimplemented) throw error;
  }
}

async function isNewer(deployment: Deployment, { buildId }: CurrentBuild, builtAt: Date): Promise<boolean> {
  const other = buildId === null ? null : await readBuildTime(deployment, buildId);
  return other !== null && other > builtAt;
}

function adviceFor(buildId: string): string {
  return `when all workers of it are up, run veille deploy --build ${buildId}`;
}
