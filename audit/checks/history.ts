/** Check `history`: the exported history is this run's, is whole, and tells the results that the record tells. */
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { z } from 'zod';
import type { Provenance } from '../../contracts/artifact.ts';
import type { AuditedRun } from '../audited-run.ts';
import { type Difference, type Finding, NotChecked } from '../check.ts';
import { firstDifference } from '../first-difference.ts';
import { outcomesIn } from '../history-outcomes.ts';

const exportedHistory = z.object({
  schema: z.literal(1),
  executions: z.array(z.object({ workflowId: z.string(), runId: z.string(), history: z.unknown() })).min(1),
});

type Events = NonNullable<ReturnType<typeof historyFromJSON>['events']>;

interface Execution extends Provenance {
  readonly events: Events;
}

/** @throws ArtifactLostError when the history is missing or damaged */
export async function checkHistory(run: AuditedRun): Promise<Finding> {
  const { record, artifacts } = run;
  const ref = record.temporal.history;
  if (ref === null) throw new NotChecked('the record names no history');
  const executions = parse(await artifacts.getBytes(ref));
  const [first] = executions;
  const { workflowId, runId } = record;
  const { startedBy, parent } = record.temporal;
  const started = first?.events[0]?.workflowExecutionStartedEventAttributes;
  const begun = started?.parentWorkflowExecution;
  const differences = [
    firstDifference(ref.key, { workflowId, runId }, { workflowId: first?.workflowId, runId: first?.runId }),
    firstDifference(ref.key, startedBy, started?.identity || null, 'startedBy'),
    firstDifference(ref.key, parent, begun ? { workflowId: begun.workflowId, runId: begun.runId } : null, 'parent'),
    ...executions.map((execution) => gap(ref.key, execution)),
    ...resultDifferences(run, ref.key, executions),
  ];
  return {
    count: executions.reduce((sum, { events }) => sum + events.length, 0),
    unit: 'events',
    bytes: ref.bytes,
    note: `of ${executions.length} executions`,
    differences: differences.filter((difference) => difference !== null),
  };
}

function parse(body: Uint8Array): Execution[] {
  const { executions } = exportedHistory.parse(JSON.parse(Buffer.from(body).toString('utf8')));
  return executions.map(({ workflowId, runId, history }) => ({
    workflowId,
    runId,
    events: historyFromJSON(history).events ?? [],
  }));
}

/** Events are numbered from 1: one that was taken out leaves a hole. */
function gap(object: string, { workflowId, events }: Execution): Difference | null {
  const ids = events.map(({ eventId }) => Number(eventId));
  const position = ids.findIndex((id, index) => id !== index + 1);
  if (position < 0) return null;
  return { object, place: workflowId, expected: `event ${position + 1}`, found: `event ${ids[position]}` };
}

/** What activities returned, beside what the record says that they did. */
function resultDifferences(
  { record }: AuditedRun,
  object: string,
  executions: readonly Execution[],
): (Difference | null)[] {
  const told = outcomesIn(executions.flatMap(({ events }) => events));
  return record.steps.map(({ step, key, result }) => {
    const outcome = told.get(key);
    if (outcome !== undefined) return firstDifference(object, result, outcome, step);
    return { object, place: step, expected: `a result under the key ${key}`, found: 'none' };
  });
}
