/** What every activity has around it: a heart, and failures of the closed list. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { toFailure } from './failures.ts';
import { withHeartbeat } from './heartbeat.ts';

type Activity = (input: never) => Promise<unknown>;

const running = new Map<symbol, string>();
const current = new AsyncLocalStorage<string>();

/** Names of the activities that are under way in this process. */
export function runningActivities(): string[] {
  return [...running.values()];
}

/** Name of the activity whose code runs, or has set off what does; null: none has. */
export function currentActivity(): string | null {
  return current.getStore() ?? null;
}

/** Wraps each activity of a set. */
export function durable<T extends { readonly [K in keyof T]: Activity }>(activities: T): T {
  const wrapped = Object.entries(activities as Record<string, Activity>).map(([name, run]) => [
    name,
    async (input: never): Promise<unknown> => {
      const attempt = Symbol(name);
      running.set(attempt, name);
      try {
        return await current.run(name, () => withHeartbeat(() => run(input)));
      } catch (error) {
        throw toFailure(error);
      } finally {
        running.delete(attempt);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}
