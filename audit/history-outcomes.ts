/** The outcomes of steps in a history's payloads, by their cache keys. */
import type { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { z } from 'zod';

type Event = NonNullable<ReturnType<typeof historyFromJSON>['events']>[number];
type Payload = NonNullable<
  NonNullable<NonNullable<Event['activityTaskCompletedEventAttributes']>['result']>['payloads']
>[number];

/** What an activity hands back of a step; the workflow's own decisions have no key. */
const outcome = z.object({ key: z.string().min(1), result: z.unknown() });

/**
 * Key → result, as activities and child workflows returned them. An outcome may stand inside of what they return.
 * Payloads that are no plain JSON, such as encrypted ones, tell nothing here.
 */
export function outcomesIn(events: readonly Event[]): ReadonlyMap<string, unknown> {
  const outcomes = new Map<string, unknown>();
  for (const event of events) {
    const { result } =
      event.activityTaskCompletedEventAttributes ?? event.childWorkflowExecutionCompletedEventAttributes ?? {};
    for (const payload of result?.payloads ?? []) collect(decode(payload), outcomes);
  }
  return outcomes;
}

function collect(value: unknown, outcomes: Map<string, unknown>): void {
  if (typeof value !== 'object' || value === null) return;
  const { data } = outcome.safeParse(value);
  if (data) outcomes.set(data.key, data.result);
  for (const child of Object.values(value)) collect(child, outcomes);
}

function decode({ metadata, data }: Payload): unknown {
  const encoding = metadata?.['encoding'];
  if (!data || !encoding || Buffer.from(encoding).toString() !== 'json/plain') return null;
  return JSON.parse(Buffer.from(data).toString('utf8'));
}
