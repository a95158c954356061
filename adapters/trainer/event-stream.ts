/** The trainer's events as they arrive, and those among them that say how it ended. */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { trainerEvent, type TrainerEvent } from '../../contracts/trainer.ts';

type EventOf<Type extends TrainerEvent['type']> = Extract<TrainerEvent, { type: Type }>;

/** The last event of each kind that ends a job, and what the job was at when it was last heard of. */
export interface LastEvents {
  readonly failure: EventOf<'failed'> | null;
  readonly finished: EventOf<'finished'> | null;
  readonly preempted: EventOf<'preempted'> | null;
  /** `step 12`, or `"saving checkpoint" at step 20`; null when it said nothing. */
  readonly lastDid: string | null;
}

/**
 * Hands over every event until the stream ends.
 *
 * @throws TypeError when a line is no event: the two sides are of different versions
 */
export async function followEvents(stream: Readable, onEvent: (event: TrainerEvent) => void): Promise<LastEvents> {
  const last: { -readonly [K in keyof LastEvents]: LastEvents[K] } = {
    failure: null,
    finished: null,
    preempted: null,
    lastDid: null,
  };
  for await (const line of createInterface({ input: stream })) {
    const event = parseEvent(line);
    if (event.type === 'failed') last.failure = event;
    else last.lastDid = describe(event);
    if (event.type === 'finished') last.finished = event;
    if (event.type === 'preempted') last.preempted = event;
    onEvent(event);
  }
  return last;
}

function parseEvent(line: string): TrainerEvent {
  try {
    return trainerEvent.parse(JSON.parse(line));
  } catch (cause) {
    throw new TypeError(`The trainer sent a line that is no event (${line.slice(0, 200)}): run npm run setup`, {
      cause,
    });
  }
}

function describe(event: Exclude<TrainerEvent, { type: 'failed' }>): string {
  const at = `step ${event.step}`;
  if (event.type === 'progress' && event.doing !== null) return `"${event.doing}" at ${at}`;
  return event.type === 'checkpoint' ? `its checkpoint of ${at}` : at;
}
