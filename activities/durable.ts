/** What every activity has around it: a heart, and failures of the closed list. */
import { toFailure } from './failures.ts';
import { withHeartbeat } from './heartbeat.ts';

type Activity = (input: never) => Promise<unknown>;

/** Wraps each activity of a set. */
export function durable<T extends { readonly [K in keyof T]: Activity }>(activities: T): T {
  const wrapped = Object.entries(activities as Record<string, Activity>).map(([name, run]) => [
    name,
    async (input: never): Promise<unknown> => {
      try {
        return await withHeartbeat(() => run(input));
      } catch (error) {
        throw toFailure(error);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}
