/** `veille deploy`: makes a build of the workers the one that runs everything. */
import { Command } from 'commander';
import { CPU_QUEUE, GPU_QUEUE } from '../../contracts/queues.ts';
import { GRPC_STATUS, statusOf } from '../../workers/grpc-status.ts';
import {
  makeCurrent,
  queuesOf,
  readCurrentBuild,
  whyUnversioned,
  type Deployment,
} from '../../workers/worker-deployment.ts';
import { print, type CliContext } from '../context.ts';
import { CliError, EXIT } from '../exit.ts';

const EXAMPLES = `
New runs start on the current build, and running ones go over to it at their next step. With VEILLE_DEPLOY=auto, the
default, the CPU worker does this by itself when it starts, unless the current build is newer; with
VEILLE_DEPLOY=manual, it is done here once the workers
of the new build are up. Without --build, it is the build of the code that this command is run from.

Examples:
  $ veille deploy
  $ veille deploy --build 3f2a90c1d4e5
  $ kubectl exec deploy/veille-worker-cpu -- node cli/veille.mjs deploy

Exit code: 0 done, 1 no worker of the build has the workflows, or the server keeps no builds apart; 3 Temporal does not
answer.`;

export interface DeployOptions {
  readonly build?: string;
}

export function deployCommand(context: () => CliContext, ownBuild: () => string): Command {
  return new Command('deploy')
    .description('make a build of the workers the current one')
    .option('--build <id>', 'build ID, as its workers log it (default: the build of this code)')
    .addHelpText('after', EXAMPLES)
    .action(({ build }: DeployOptions) => deploy(context(), build ?? ownBuild()));
}

/**
 * Prints which build was current and which is.
 *
 * @throws {CliError} when no worker of the build has ever polled the queue of the workflows: all runs would stop
 */
export async function deploy({ terminal, temporal }: CliContext, buildId: string): Promise<void> {
  const { workflowService, options } = await temporal.client();
  const { namespace } = temporal;
  const deployment = { service: workflowService, namespace, identity: options.identity };
  const unversioned = await whyUnversioned(deployment);
  if (unversioned !== null)
    throw new CliError(
      `The Temporal server does not keep builds apart: ${unversioned}. Any worker takes any task.`,
      EXIT.failed,
    );
  const queues = await polledBy(deployment, buildId);
  if (!queues.includes(CPU_QUEUE)) throw noWorkers(buildId, namespace);
  const { buildId: before } = await readCurrentBuild(deployment);
  if (before !== buildId) await makeCurrent(deployment, buildId);
  print(terminal.out, [
    `Before  ${before ?? 'none'}`,
    `Now     ${buildId}${before === buildId ? ', which was current already' : ''}`,
  ]);
  if (!queues.includes(GPU_QUEUE))
    print(terminal.err, [`No worker of build ${buildId} has polled ${GPU_QUEUE}: trainings wait until one does.`]);
}

async function polledBy(deployment: Deployment, buildId: string): Promise<string[]> {
  try {
    return await queuesOf(deployment, buildId);
  } catch (error) {
    if (statusOf(error) === GRPC_STATUS.notFound) return [];
    throw error;
  }
}

function noWorkers(buildId: string, namespace: string): CliError {
  return new CliError(
    `No worker of build ${buildId} has polled ${CPU_QUEUE} in namespace "${namespace}". Start it first, or name the build ` +
      "that the workers' logs name: veille deploy --build ID. Nothing was changed.",
    EXIT.failed,
  );
}
