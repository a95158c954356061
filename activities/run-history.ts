/** The history of a run beside its record: what the first attempt at recording it has exported. */
import { isDeepStrictEqual } from 'node:util';
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

const exportedEvent = z.looseObject({
  workflowExecutionStartedEventAttributes: z
    .looseObject({
      identity: z.string().optional(),
      parentWorkflowExecution: z.object({ workflowId: z.string(), runId: z.string() }).nullish(),
    })
    .optional(),
  activityTaskScheduledEventAttributes: z.looseObject({ activityId: z.string() }).optional(),
});
type ExportedEvent = z.infer<typeof exportedEvent>;

/** In Temporal's JSON; the run itself is the first execution. */
const exportedHistory = z.object({
  executions: z.array(z.object({ history: z.object({ events: z.array(exportedEvent) }) })),
});

/**
 * Stores the exported history. What an earlier attempt at the same activity has stored is kept, since another one may have
 * named it: a later export is the same with more events. Anything else that stands there is replaced: it may be of a walk
 * that was repaired, and does not tell what this activity was asked for, or somebody's who may write the bucket.
 *
 * @param activityId of the activity that records the run
 */
export async function keepHistory(
  objects: ObjectStore,
  run: Provenance,
  exportHistory: (run: Provenance) => Promise<Uint8Array>,
  activityId: string,
): Promise<RunHistory> {
  const key = `${runFolder(run)}${RUN_FILES.history}`;
  const stored = await kept(objects, key, await exportHistory(run), activityId);
  const start = eventsIn(stored)?.[0]?.[0]?.workflowExecutionStartedEventAttributes;
  return {
    ref: { key, sha256: sha256(stored), bytes: stored.length },
    startedBy: start?.identity || null,
    parent: start?.parentWorkflowExecution ?? null,
  };
}

/** What stands at the key in the end: of two attempts at the same time, what the first one wrote. */
async function kept(objects: ObjectStore, key: string, own: Uint8Array, activityId: string): Promise<Uint8Array> {
  while (!(await objects.putIfAbsent(key, own))) {
    const found = await objects.get(key);
    if (!found) continue;
    if (isEarlier(found.body, own, activityId)) return found.body;
    if (await objects.putIfMatch(key, own, found.etag)) break;
  }
  return own;
}

/** Whether it is a beginning of the other, and knows of the activity. */
function isEarlier(stored: Uint8Array, later: Uint8Array, activityId: string): boolean {
  const before = eventsIn(stored);
  const after = eventsIn(later);
  if (!before || !after) return false;
  const isBeginning = before.every((events, execution) =>
    events.every((event, position) => isDeepStrictEqual(event, after[execution]?.[position])),
  );
  const asks = before[0]?.some((event) => event.activityTaskScheduledEventAttributes?.activityId === activityId);
  return isBeginning && asks === true;
}

/** Of each execution; null where the bytes are no exported history. */
function eventsIn(body: Uint8Array): ExportedEvent[][] | null {
  try {
    const { executions } = exportedHistory.parse(JSON.parse(Buffer.from(body).toString('utf8')));
    return executions.map(({ history }) => history.events);
  } catch {
    return null;
  }
}
