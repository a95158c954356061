/** Activity `writeRecord`: what the run was asked, what came out, and which run made each part of it. */
import { Context } from '@temporalio/activity';
import type { RecordInput } from '../contracts/activities.ts';
import type { ArtifactRef } from '../contracts/artifact.ts';
import { sha256 } from '../core/canonical.ts';
import type { ActivityDeps } from './deps.ts';

export function createWriteRecord({ artifacts }: Pick<ActivityDeps, 'artifacts'>) {
  return async ({ config, result, steps }: RecordInput): Promise<ArtifactRef> => {
    const { workflowExecution } = Context.current().info;
    const { workflowId, runId } = workflowExecution ?? { workflowId: '', runId: '' };
    const { artifacts: stored, ...figures } = result;
    const record = { schema: 1, workflowId, runId, config, ...figures, artifacts: stored, outcomes: steps };
    const body = Buffer.from(`${JSON.stringify(record, null, 2)}\n`);
    const key = `runs/${encodeURIComponent(workflowId)}/${runId}/record.json`;
    // A retry after a lost answer writes the same bytes again, or finds them there.
    await artifacts.objects.putIfAbsent(key, body);
    return { key, sha256: sha256(body), bytes: body.length };
  };
}
