/** The exported history of a run: its executions, what their activities were asked, and what they answered. */
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { z } from 'zod';
import type { Provenance } from '../contracts/artifact.ts';

const exportedHistory = z.object({
  schema: z.literal(1),
  executions: z.array(z.object({ workflowId: z.string(), runId: z.string(), history: z.unknown() })).min(1),
});

type Event = NonNullable<ReturnType<typeof historyFromJSON>['events']>[number];
type Payloads = NonNullable<Event['activityTaskScheduledEventAttributes']>['input'];
type Payload = NonNullable<NonNullable<Payloads>['payloads']>[number];

export interface Execution extends Provenance {
  readonly events: readonly Event[];
}

export interface ToldActivity {
  readonly type: string;
  /** Its one argument; undefined where the payload is no plain JSON, such as an encrypted one. */
  readonly input: unknown;
  /** What it returned; undefined where it has not. */
  readonly result: unknown;
}

/**
 * @param body history.json
 * @returns the run itself, then its child workflows
 * @throws SyntaxError or z.ZodError when it is no exported history
 */
export function readHistory(body: Uint8Array): Execution[] {
  const { executions } = exportedHistory.parse(JSON.parse(Buffer.from(body).toString('utf8')));
  return executions.map(({ workflowId, runId, history }) => ({
    workflowId,
    runId,
    events: historyFromJSON(history).events ?? [],
  }));
}

/** In the order in which they were scheduled. */
export function activitiesIn({ events }: Execution): ToldActivity[] {
  const results = new Map(
    events.flatMap(({ activityTaskCompletedEventAttributes: done }) =>
      done ? [[String(done.scheduledEventId), decoded(done.result)] as const] : [],
    ),
  );
  return events.flatMap(({ eventId, activityTaskScheduledEventAttributes: asked }) =>
    asked
      ? [
          {
            type: asked.activityType?.name ?? '',
            input: decoded(asked.input),
            result: results.get(String(eventId)),
          },
        ]
      : [],
  );
}

/** What an activity hands back of a step; the workflow's own decisions have no key. */
const outcome = z.object({ key: z.string().min(1), result: z.unknown() });

/** Key → result, as activities and child workflows returned them. An outcome may stand inside of what they return. */
export function outcomesIn(executions: readonly Execution[]): ReadonlyMap<string, unknown> {
  const outcomes = new Map<string, unknown>();
  for (const {
    activityTaskCompletedEventAttributes,
    childWorkflowExecutionCompletedEventAttributes,
  } of executions.flatMap(({ events }) => events))
    collect(
      decoded((activityTaskCompletedEventAttributes ?? childWorkflowExecutionCompletedEventAttributes)?.result),
      outcomes,
    );
  return outcomes;
}

function collect(value: unknown, outcomes: Map<string, unknown>): void {
  if (typeof value !== 'object' || value === null) return;
  const { data } = outcome.safeParse(value);
  if (data) outcomes.set(data.key, data.result);
  for (const child of Object.values(value)) collect(child, outcomes);
}

function decoded(payloads: Payloads): unknown {
  const [first] = payloads?.payloads ?? [];
  return first && decode(first);
}

function decode({ metadata, data }: Payload): unknown {
  const encoding = metadata?.['encoding'];
  if (!data || !encoding || Buffer.from(encoding).toString() !== 'json/plain') return undefined;
  return JSON.parse(Buffer.from(data).toString('utf8'));
}
