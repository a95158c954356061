/** The worker deployment `veille` on a Temporal server: of its builds one is current, and runs everything. */
import type { WorkflowService } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import proto from '@temporalio/proto';
import { GRPC_STATUS, reasonOf, statusOf } from './grpc-status.ts';

/** Both workers are of this one deployment: what a run calls on the GPU is of the build that the run is of. */
export const DEPLOYMENT_NAME = 'veille';

/** Entry of a version's metadata on the server: when its code was made, as ISO 8601. */
const BUILT_AT = 'veille-built-at';

export interface Deployment {
  readonly service: WorkflowService;
  readonly namespace: string;
  /** Who the server is told moved it. */
  readonly identity: string;
}

export interface CurrentBuild {
  /** Null while none is current: then no worker of the deployment takes a task. */
  readonly buildId: string | null;
  /** Handed to {@link makeCurrent}, so that it fails where the deployment was moved in between. */
  readonly token: Uint8Array | null;
}

/** @returns no build where the server does not know the deployment: no worker of it has polled yet */
export async function readCurrentBuild({ service, namespace }: Deployment): Promise<CurrentBuild> {
  try {
    const deploymentName = DEPLOYMENT_NAME;
    const { workerDeploymentInfo, conflictToken } = await service.describeWorkerDeployment({
      namespace,
      deploymentName,
    });
    const version = workerDeploymentInfo?.routingConfig?.currentDeploymentVersion;
    return { buildId: version?.buildId ?? null, token: conflictToken };
  } catch (error) {
    if (statusOf(error) === GRPC_STATUS.notFound) return { buildId: null, token: null };
    throw error;
  }
}

/**
 * Makes a build the one that new runs start on and running ones go over to. Does nothing where it is.
 *
 * @param token of {@link readCurrentBuild}; null: whatever is current is replaced
 * @returns the build that was current before; null: none was
 * @throws with NOT_FOUND until the server has seen a worker of the build, some tenths of a second after it polls
 */
export async function makeCurrent(
  { service, namespace, identity }: Deployment,
  buildId: string,
  token: Uint8Array | null = null,
): Promise<string | null> {
  const { previousDeploymentVersion } = await service.setWorkerDeploymentCurrentVersion({
    namespace,
    deploymentName: DEPLOYMENT_NAME,
    buildId,
    identity,
    ...(token === null ? {} : { conflictToken: token }),
    // The two workers start in any order: one of them is missing for a moment.
    ignoreMissingTaskQueues: true,
  });
  return previousDeploymentVersion?.buildId ?? null;
}

/**
 * Writes on the server when the code of a build was made, for workers of other builds to compare with.
 *
 * @throws with NOT_FOUND until the server has seen a worker of the build
 */
export async function publishBuildTime(
  { service, namespace, identity }: Deployment,
  buildId: string,
  builtAt: Date,
): Promise<void> {
  await service.updateWorkerDeploymentVersionMetadata({
    namespace,
    identity,
    deploymentVersion: { deploymentName: DEPLOYMENT_NAME, buildId },
    upsertEntries: { [BUILT_AT]: defaultPayloadConverter.toPayload(builtAt.toISOString()) },
  });
}

/** When the code of a build was made; null where its workers have not said so, or the server no longer knows it. */
export async function readBuildTime({ service, namespace }: Deployment, buildId: string): Promise<Date | null> {
  try {
    const { workerDeploymentVersionInfo } = await service.describeWorkerDeploymentVersion({
      namespace,
      deploymentVersion: { deploymentName: DEPLOYMENT_NAME, buildId },
    });
    const entry = workerDeploymentVersionInfo?.metadata?.entries?.[BUILT_AT];
    if (!entry) return null;
    const builtAt = new Date(defaultPayloadConverter.fromPayload<string>(entry));
    return Number.isNaN(builtAt.getTime()) ? null : builtAt;
  } catch (error) {
    if (statusOf(error) === GRPC_STATUS.notFound) return null;
    throw error;
  }
}

/**
 * The task queues that workers of a build poll, or have polled.
 *
 * @throws with NOT_FOUND where no worker of it ever has
 */
export async function queuesOf({ service, namespace }: Deployment, buildId: string): Promise<string[]> {
  const deploymentVersion = { deploymentName: DEPLOYMENT_NAME, buildId };
  const { versionTaskQueues } = await service.describeWorkerDeploymentVersion({ namespace, deploymentVersion });
  return [...new Set(versionTaskQueues.map(({ name }) => name ?? ''))];
}

/**
 * Builds of the workers that poll a queue for activities; null for a worker without one, on a server that does not keep
 * builds apart. Temporal remembers a poller for five minutes after its last call.
 */
export async function buildsPolling(
  { service, namespace }: Pick<Deployment, 'service' | 'namespace'>,
  queue: string,
): Promise<(string | null)[]> {
  const { pollers } = await service.describeTaskQueue({
    namespace,
    taskQueue: { name: queue },
    // The GPU worker has no workflows.
    taskQueueType: proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
  });
  return [...new Set(pollers.map(({ deploymentOptions }) => deploymentOptions?.buildId || null))];
}

/**
 * Why the server can't keep builds apart; null where it can. A worker that may not look is taken for one on a server
 * that can, since where builds are kept apart, a worker without one gets nothing to do.
 */
export async function whyUnversioned(deployment: Deployment): Promise<string | null> {
  try {
    await readCurrentBuild(deployment);
    return null;
  } catch (error) {
    const status = statusOf(error);
    const reason = reasonOf(error);
    if (status === GRPC_STATUS.unimplemented) return reason;
    // What a server answers whose operator has switched it off (system.enableDeploymentVersions).
    if (status === GRPC_STATUS.permissionDenied) return reason.includes('disabled') ? reason : null;
    throw error;
  }
}
