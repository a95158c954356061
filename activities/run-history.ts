/** The history of a run beside its record: exported once, whoever tries to again. */
import { z } from 'zod';
import type { ArtifactRef, Provenance } from '../contracts/artifact.ts';
import { RUN_FILES, runFolder } from '../contracts/run-record.ts';
import { sha256 } from '../core/canonical.ts';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';

export interface RunHistory {
  readonly ref: ArtifactRef;
  /** Identity of the client or schedule that started the run; null where the history does not say. */
  readonly startedBy: string | null;
  readonly parent: Provenance | null;
}

/** The first event of the first execution, in Temporal's JSON. */
const startOfRun = z.object({
  executions: z.array(
    z.object({
      history: z.object({
        events: z.array(
          z.object({
            workflowExecutionStartedEventAttributes: z
              .object({
                identity: z.string().optional(),
                parentWorkflowExecution: z.object({ workflowId: z.string(), runId: z.string() }).nullish(),
              })
              .optional(),
          }),
        ),
      }),
    }),
  ),
});

/** Stores the exported history unless it is there already: a second export, of a retry, would have grown. */
export async function keepHistory(
  objects: ObjectStore,
  run: Provenance,
  exportHistory: (run: Provenance) => Promise<Uint8Array>,
): Promise<RunHistory> {
  const key = `${runFolder(run)}${RUN_FILES.history}`;
  const stored = (await objects.get(key))?.body ?? (await firstOf(objects, key, await exportHistory(run)));
  const { executions } = startOfRun.parse(JSON.parse(Buffer.from(stored).toString('utf8')));
  const start = executions[0]?.history.events[0]?.workflowExecutionStartedEventAttributes;
  return {
    ref: { key, sha256: sha256(stored), bytes: stored.length },
    startedBy: start?.identity || null,
    parent: start?.parentWorkflowExecution ?? null,
  };
}

/** What stands at the key: of two attempts at the same time, what the first one wrote. */
async function firstOf(objects: ObjectStore, key: string, body: Uint8Array): Promise<Uint8Array> {
  if (await objects.putIfAbsent(key, body)) return body;
  return (await objects.get(key))?.body ?? body;
}
