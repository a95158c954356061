/** What a training leaves beside the run's record: all that its trainers printed, and its metrics while it goes on. */
import { Context } from '@temporalio/activity';
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import { MetricLog } from '../adapters/metric-log/metric-log.ts';
import { runFolder } from '../contracts/run-record.ts';

/**
 * Stores the log of this attempt as `runs/<workflow id>/<run id>/<activity>-<its number>-<attempt>.log`: a run may call the
 * same activity several times.
 *
 * @returns its URL; null when the store can't be reached, which is no reason to lose what the trainer made
 */
export async function keepTrainerLog({ objects }: ArtifactStore, log: string): Promise<string | null> {
  const { activityType, activityId, attempt } = Context.current().info;
  const key = `${folderOfRun()}${activityType}-${activityId}-${attempt}.log`;
  return objects.putIfAbsent(key, { file: log }).then(
    () => objects.url + key,
    () => null,
  );
}

/** The run's `metrics.jsonl`. */
export function metricLogOfRun({ objects }: ArtifactStore): MetricLog {
  return new MetricLog(objects, `${folderOfRun()}metrics.jsonl`);
}

function folderOfRun(): string {
  return runFolder(Context.current().info.workflowExecution ?? { workflowId: '', runId: '' });
}
