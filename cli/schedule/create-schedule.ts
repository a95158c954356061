/** Creates a schedule that starts `retrain` and changes one, or says which option keeps it from being one. */
import {
  isGrpcServiceError,
  ScheduleAlreadyRunning,
  ServiceError,
  type Client,
  type ScheduleDescription,
  type ScheduleHandle,
  type ScheduleUpdateOptions,
} from '@temporalio/client';
import { CPU_QUEUE, RETRAIN_WORKFLOW } from '../../contracts/queues.ts';
import { UsageError } from '../exit.ts';
import type { InputObject } from '../input/assignment.ts';
import { priorityOf } from '../priority.ts';
import { runDescription } from '../run-description.ts';
import { cronTexts } from './cron-text.ts';
import { withSchedule } from './find-schedule.ts';
import { overlapPolicy, type Overlap } from './overlap.ts';

/** gRPC status codes of a value that the server does not take, wherever it is. */
const REFUSED: readonly number[] = [3 /* INVALID_ARGUMENT */];

/** A nightly run lets those pass that people wait for. The client hands it on; its type of an action lacks the field. */
const LOW_PRIORITY = { priority: priorityOf('low') };

export interface NewSchedule {
  readonly id: string;
  readonly cron: string;
  /** IANA name. */
  readonly timezone: string;
  readonly overlap: Overlap;
  /** Milliseconds. */
  readonly catchUp: number;
  /** Milliseconds. */
  readonly jitter: number;
  readonly pauseOnFailure: boolean;
  readonly note: string;
  readonly input: InputObject;
}

/** @throws {UsageError} when the ID is taken, or Temporal refuses a value, or there is no such time from now on */
export async function createSchedule(client: Client, schedule: NewSchedule): Promise<void> {
  const handle = await create(client, schedule).catch((error: unknown) => {
    throw refusal(error, schedule);
  });
  const { info } = await handle.describe();
  if (info.nextActionTimes.length === 0) {
    await handle.delete();
    throw new UsageError(`--cron "${schedule.cron}": no such time comes any more, so that it would never start a run.`);
  }
}

function create(client: Client, schedule: NewSchedule): Promise<ScheduleHandle> {
  const { id, cron, timezone, overlap, catchUp, jitter, pauseOnFailure, note, input } = schedule;
  return client.schedule.create({
    scheduleId: id,
    spec: { cronExpressions: [cron], timezone, jitter },
    action: scheduledAction(id, input),
    policies: { overlap: overlapPolicy(overlap), catchupWindow: catchUp, pauseOnFailure },
    state: { note },
  });
}

/** Temporal puts the time at which a run is due (UTC) behind its ID: nightly-2026-11-24T01:00:00Z. */
function scheduledAction(id: string, input: InputObject) {
  return {
    type: 'startWorkflow',
    workflowType: RETRAIN_WORKFLOW,
    taskQueue: CPU_QUEUE,
    workflowId: id,
    args: [input],
    ...runDescription(input, id),
    ...LOW_PRIORITY,
  } as const;
}

/** What is left out stays as it is. */
export type ScheduleChanges = Partial<Omit<NewSchedule, 'id'>> & Pick<NewSchedule, 'note'>;

/**
 * Changes a schedule in one step; a run that is under way keeps what it was started with.
 *
 * @throws {UsageError} when there is no such schedule, Temporal refuses a value, or there would be no such time from now on;
 * the schedule is then as it was
 */
export async function updateSchedule(client: Client, id: string, changes: ScheduleChanges): Promise<void> {
  await withSchedule(client, id, async (handle) => {
    const before = await handle.describe();
    const { cron = cronTexts(before.spec).join(' | '), timezone = before.spec.timezone ?? 'UTC' } = changes;
    await handle
      .update((now) => changed(now, id, changes))
      .catch((error: unknown) => {
        throw refusal(error, { id, cron, timezone });
      });
    const { info } = await handle.describe();
    if (info.nextActionTimes.length > 0 || before.info.nextActionTimes.length === 0) return;
    // What somebody else has done meanwhile, such as a pause, stays.
    const { spec, action, policies, state } = before;
    await handle.update((now) => ({ spec, action, policies, state: { ...now.state, note: state.note } }));
    throw new UsageError(`--cron "${cron}": no such time comes any more. The schedule is as it was.`);
  });
}

function changed(now: ScheduleDescription, id: string, changes: ScheduleChanges): ScheduleUpdateOptions {
  const { cron, timezone, overlap, catchUp, jitter, pauseOnFailure, note, input } = changes;
  const { spec, policies, state } = now;
  const { calendars: _, intervals: __, ...withoutTimes } = spec;
  const zone = timezone ?? spec.timezone;
  return {
    spec: {
      ...(cron === undefined ? spec : { ...withoutTimes, cronExpressions: [cron] }),
      ...(zone === undefined ? {} : { timezone: zone }),
      ...(jitter === undefined ? {} : { jitter }),
    },
    action: input === undefined ? now.action : scheduledAction(id, input),
    policies: {
      ...policies,
      ...(overlap === undefined ? {} : { overlap: overlapPolicy(overlap) }),
      ...(catchUp === undefined ? {} : { catchupWindow: catchUp }),
      ...(pauseOnFailure === undefined ? {} : { pauseOnFailure }),
    },
    state: { ...state, note },
  };
}

function refusal(error: unknown, { id, cron, timezone }: Pick<NewSchedule, 'id' | 'cron' | 'timezone'>): unknown {
  if (error instanceof ScheduleAlreadyRunning) {
    return new UsageError(
      `There is a schedule "${id}" already. See it with \`veille schedule show ${id}\`, delete it, or choose another ID.`,
      { cause: error },
    );
  }
  // The client throws it for a spec that the server refuses.
  if (error instanceof TypeError) return new UsageError(specRefusal(error.message, cron, timezone), { cause: error });
  const root = error instanceof ServiceError ? error.cause : error;
  if (isGrpcServiceError(root) && REFUSED.includes(root.code)) {
    return new UsageError(`Temporal refuses the schedule "${id}": ${root.details}`, { cause: error });
  }
  return error;
}

function specRefusal(reason: string, cron: string, timezone: string): string {
  if (/time ?zone/i.test(reason)) {
    return `--timezone "${timezone}": ${reason}. It is a name of the IANA database, such as Europe/Paris or UTC.`;
  }
  return (
    `--cron "${cron}": ${reason}. It has five fields, minute, hour, day of month, month and day of week, ` +
    'such as "0 2 * * *" or "30 3 * * MON-FRI"; or it is @daily, @weekly or @every 6h.'
  );
}
