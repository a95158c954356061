/** Activity `writeRecord`: what the run was asked, what came out, and which run made each part of it. */
import { Context } from '@temporalio/activity';
import type { RecordInput } from '../contracts/activities.ts';
import type { ArtifactRef } from '../contracts/artifact.ts';
import { sha256 } from '../core/canonical.ts';
import type { ActivityDeps } from './deps.ts';
import { finishedRun } from './finished-run.ts';
import { runStep } from './step.ts';

/** Writes the record, and remembers the run by what it was made of, for `recallRun`. */
export function createWriteRecord({ artifacts, records }: Pick<ActivityDeps, 'artifacts' | 'records'>) {
  return async ({ result, steps, ...identity }: RecordInput): Promise<ArtifactRef> => {
    const { workflowExecution } = Context.current().info;
    const { workflowId, runId } = workflowExecution ?? { workflowId: '', runId: '' };
    const { artifacts: stored, ...figures } = result;
    const record = { schema: 1, workflowId, runId, ...identity, ...figures, artifacts: stored, outcomes: steps };
    const body = Buffer.from(`${JSON.stringify(record, null, 2)}\n`);
    const ref = {
      key: `runs/${encodeURIComponent(workflowId)}/${runId}/record.json`,
      sha256: sha256(body),
      bytes: body.length,
    };
    // A retry after a lost answer writes the same bytes again, or finds them there.
    await artifacts.objects.putIfAbsent(ref.key, body);
    // The same run again has another chance to be tracked, and to be approved.
    if (result.tracking.state !== 'failed' && result.promotion.state !== 'expired')
      await runStep(records, finishedRun(identity), async () => ({ ...result, artifacts: { ...stored, record: ref } }));
    return ref;
  };
}
