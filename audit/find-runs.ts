/** Which finished runs a bucket, or a copy of one, has. */
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import type { Provenance } from '../contracts/artifact.ts';
import { RUN_FILES, workflowFolder, workflowIdOf } from '../contracts/run-record.ts';

const FOLDER = /^runs\/(?<workflow>[^/]+)\/(?<runId>[^/]+)\/(?<name>[^/]+)$/;
/** Either of them tells of a run: the other one may be lost. */
const NAMES: readonly (string | undefined)[] = [RUN_FILES.record, RUN_FILES.attestation];

/**
 * Runs that have a record or an attestation, oldest first.
 *
 * @param workflowId @default all
 */
export async function findRuns(store: ObjectStore, workflowId?: string): Promise<Provenance[]> {
  const prefix = workflowId === undefined ? 'runs/' : workflowFolder(workflowId);
  const runs = new Map<string, { readonly run: Provenance; readonly modified: Date }>();
  for await (const { key, modified } of store.list(prefix)) {
    const { workflow = '', runId = '', name } = FOLDER.exec(key)?.groups ?? {};
    if (NAMES.includes(name))
      runs.set(`${workflow}/${runId}`, { run: { workflowId: workflowIdOf(workflow), runId }, modified });
  }
  // Servers keep whole seconds. Within one, the order of the keys counts: run IDs of a workflow ID ascend with time.
  return [...runs.values()].sort((a, b) => a.modified.getTime() - b.modified.getTime()).map(({ run }) => run);
}
