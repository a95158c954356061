/** Keeps everything that a trainer printed, beside the run's record. */
import { Context } from '@temporalio/activity';
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';

/**
 * Stores the log of this attempt as `runs/<workflow id>/<run id>/<activity>-<its number>-<attempt>.log`: a run may call the
 * same activity several times.
 *
 * @returns its URL; null when the store can't be reached, which is no reason to lose what the trainer made
 */
export async function keepTrainerLog({ objects }: ArtifactStore, log: string): Promise<string | null> {
  const { workflowExecution, activityType, activityId, attempt } = Context.current().info;
  const { workflowId, runId } = workflowExecution ?? { workflowId: '', runId: '' };
  const key = `runs/${encodeURIComponent(workflowId)}/${runId}/${activityType}-${activityId}-${attempt}.log`;
  return objects.putIfAbsent(key, { file: log }).then(
    () => objects.url + key,
    () => null,
  );
}
