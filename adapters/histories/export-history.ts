/** The history of a run and of its child workflows as Temporal's own JSON: what is left when the server has forgotten it. */
import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { Provenance } from '../../contracts/artifact.ts';

/** One execution; its `history` is what `temporal workflow show --output json` prints, and what replays. */
interface ExportedExecution extends Provenance {
  readonly type: string;
  readonly history: unknown;
}

type Events = NonNullable<Parameters<typeof historyToJSON>[0]['events']>;

/**
 * JSON of {schema: 1, executions}, the run first and its children in the order of their start. A run that is still going
 * on is told up to now.
 */
export async function exportHistory(client: Client, run: Provenance): Promise<Uint8Array> {
  const executions: ExportedExecution[] = [];
  const left: Provenance[] = [run];
  for (let next = left.shift(); next; next = left.shift()) {
    const { workflowId, runId } = next;
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const events = history.events ?? [];
    executions.push({
      workflowId,
      runId,
      type: events[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name ?? '',
      history: JSON.parse(historyToJSON(history)),
    });
    left.push(...followers(next, events));
  }
  return Buffer.from(`${JSON.stringify({ schema: 1, executions }, null, 1)}\n`);
}

/** Child workflows that were started, and the execution that this one goes on as. */
function followers({ workflowId }: Provenance, events: Events): Provenance[] {
  return events.flatMap((event) => {
    const child = event.childWorkflowExecutionStartedEventAttributes?.workflowExecution;
    if (child?.workflowId && child.runId) return [{ workflowId: child.workflowId, runId: child.runId }];
    const next = event.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
    return next ? [{ workflowId, runId: next }] : [];
  });
}
