/** Heartbeats: every activity beats while it works, and long ones say how far they are. */
import { Context } from '@temporalio/activity';
import type { HeartbeatDetails } from '../contracts/progress.ts';

/** A sixth of the heartbeat timeout. */
const INTERVAL_MS = 5_000;

const latest = new WeakMap<Context, HeartbeatDetails>();

/** Tells watchers how far the current activity is. */
export function reportProgress(details: HeartbeatDetails): void {
  const context = Context.current();
  latest.set(context, details);
  context.heartbeat(details);
}

/** Runs `work` with a heart: a dead worker is noticed within the heartbeat timeout, whatever the activity does. */
export async function withHeartbeat<R>(work: () => Promise<R>): Promise<R> {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(latest.get(context)), INTERVAL_MS);
  try {
    return await work();
  } finally {
    clearInterval(beat);
  }
}
