/** Every timeout, retry and queue, each with its reason. */
import type { ActivityOptions } from '@temporalio/workflow';
import { NON_RETRYABLE, OUT_OF_MEMORY, TRAINER_FAILED } from '../contracts/failures.ts';
import { CPU_QUEUE, GPU_QUEUE } from '../contracts/queues.ts';

/** Workers beat every 5 s whatever they do: six missed beats are a dead machine, not a busy one. */
const HEARTBEAT_TIMEOUT = '30 seconds';

/**
 * No limit on attempts: a store that is away for an hour must not fail the run. Faults that a retry can't mend
 * are non-retryable by type, and unknown ones are made so by the worker after a few attempts.
 */
const RETRY = {
  initialInterval: '1 second',
  backoffCoefficient: 2,
  // Long enough to spare a recovering store, short enough that the run goes on soon after.
  maximumInterval: '20 seconds',
  nonRetryableErrorTypes: NON_RETRYABLE,
} as const;

/** Seconds of work on a CPU worker; the bound only ends what heartbeats can't see. */
export const CPU: ActivityOptions = {
  taskQueue: CPU_QUEUE,
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: RETRY,
};

/** Hours on a GPU that may be taken away: each attempt goes on from the last checkpoint. */
export const GPU: ActivityOptions = {
  taskQueue: GPU_QUEUE,
  startToCloseTimeout: '7 days',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  // A trainer that fails, a kill by a stranger's signal included, is counted by the workflow, which also answers an
  // out-of-memory; a preemption or a lost machine is not an error.
  retry: { ...RETRY, nonRetryableErrorTypes: [...NON_RETRYABLE, TRAINER_FAILED, OUT_OF_MEMORY] },
};

/** W&B is somebody else's service: a few attempts, then the run goes on without it. */
export const TRACKING: ActivityOptions = {
  taskQueue: CPU_QUEUE,
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: { ...RETRY, maximumAttempts: 4 },
};

/** Somebody's webhook: a few attempts within minutes, then the run ends without it. */
export const NOTIFY: ActivityOptions = {
  taskQueue: CPU_QUEUE,
  startToCloseTimeout: '30 seconds',
  scheduleToCloseTimeout: '10 minutes',
  retry: { ...RETRY, maximumAttempts: 5 },
};

/** One question to the Temporal server, for people alone: where it is not answered, nothing is said. */
export const LOOK: ActivityOptions = {
  taskQueue: CPU_QUEUE,
  startToCloseTimeout: '10 seconds',
  retry: { maximumAttempts: 1 },
};

/** Times a candidate is judged, where other runs move the champion while it is. */
export const GATE_ROUNDS = 5;

/**
 * Times the trainer may fail without a newer checkpoint in between; the next time is most likely the same. Where each
 * failure finds a newer one, the count starts over: a training that gets on may be killed any number of times.
 */
export const TRAINER_ERRORS = 3;

/** Times a run starts again after it found a damaged object: each time what made that object is computed anew. */
export const REPAIR_ROUNDS = 5;

/** Segments that one `embed` run hands out before it continues as new: about a tenth of Temporal's history limit. */
export const SEGMENTS_PER_RUN = 500;

/** Plans that `embed` makes before it gives up: a third one means that segments were damaged meanwhile. */
export const EMBED_ROUNDS = 5;
