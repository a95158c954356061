/** Heartbeats: every activity beats while it works; long ones say how far they are, and all of them what they wait for. */
import { Context } from '@temporalio/activity';
import { withRequestScope } from '../adapters/requests/request-scope.ts';
import type { Heartbeat, HeartbeatDetails } from '../contracts/progress.ts';

/** A sixth of the heartbeat timeout. */
const INTERVAL_MS = 5_000;

/** What the heartbeats of one attempt carry. */
class Pulse {
  progress: HeartbeatDetails | undefined;
  unknownFaults: number;
  readonly #context: Context;
  readonly #waits = new Map<symbol, string>();

  /** Temporal hands an attempt the last heartbeat of the one before, from whatever worker that was. */
  constructor(context: Context) {
    this.#context = context;
    const { unknownFaults } = (context.info.heartbeatDetails ?? {}) as Heartbeat;
    this.unknownFaults = typeof unknownFaults === 'number' ? unknownFaults : 0;
  }

  beat(): void {
    const [waitsFor] = this.#waits.values();
    const heartbeat: Heartbeat = {
      ...this.progress,
      ...(waitsFor !== undefined && { waitsFor }),
      ...(this.unknownFaults > 0 && { unknownFaults: this.unknownFaults }),
    };
    this.#context.heartbeat(Object.keys(heartbeat).length > 0 ? heartbeat : undefined);
  }

  wait(request: symbol, what: string | null): void {
    if (what === null) this.#waits.delete(request);
    else this.#waits.set(request, what);
    this.beat();
  }
}

const pulses = new WeakMap<Context, Pulse>();

function pulse(): Pulse {
  const context = Context.current();
  const known = pulses.get(context) ?? new Pulse(context);
  pulses.set(context, known);
  return known;
}

/** Tells watchers how far the current activity is. */
export function reportProgress(details: HeartbeatDetails): void {
  const current = pulse();
  current.progress = details;
  current.beat();
}

/**
 * Counts a fault of unknown kind that ends this attempt. The count goes with the heartbeats, so that outages and
 * preemptions, which are attempts too, use none of it up, and it outlives the worker.
 *
 * @returns how many there have been, this one included
 */
export function countUnknownFault(): number {
  const current = pulse();
  current.unknownFaults++;
  current.beat();
  return current.unknownFaults;
}

/**
 * Runs `work` with a heart: a dead worker is noticed within the heartbeat timeout, whatever the activity does. Its
 * requests to services say in the heartbeats what they wait for, and are not tried again after a cancellation.
 */
export async function withHeartbeat<R>(work: () => Promise<R>): Promise<R> {
  const current = pulse();
  const beat = setInterval(() => current.beat(), INTERVAL_MS);
  const onWait = (request: symbol, what: string | null): void => current.wait(request, what);
  try {
    return await withRequestScope({ lastTry: Context.current().cancellationSignal, onWait }, work);
  } finally {
    clearInterval(beat);
  }
}
