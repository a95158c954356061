/**
 * The bound of what an activity fails with. A failure stands in the history, is shown in the UI and sent to the webhook;
 * one that is larger than a gRPC message never reaches Temporal, which repeats the activity for ever.
 */
import { ApplicationFailure } from '@temporalio/activity';
import { OF_THE_INPUT } from '../contracts/failures.ts';
import { boundMessage, LONGEST_MESSAGE } from '../contracts/quote.ts';

/** Bytes of a cause's message: it is the failure's own message that says what to do. */
const LONGEST_CAUSE = 500;
/** Bytes of a stack trace, whose first lines repeat the message. */
const LONGEST_STACK = 4_000;
/** Causes below the failure. */
const MOST_CAUSES = 3;
/** Bytes of a text among the details, and elements of a list. */
const LONGEST_DETAIL = 2_000;
const MOST_ELEMENTS = 12;

/**
 * A copy of the error, with its message, stack trace, details and causes cut to what a reader needs. Failures that
 * another input cures have no stack trace.
 */
export function boundFailure(error: Error): Error {
  const message = boundMessage(error.message, LONGEST_MESSAGE);
  const isTraced = !(error instanceof ApplicationFailure && OF_THE_INPUT.includes(error.type ?? ''));
  const cause = boundCause(error.cause, MOST_CAUSES, isTraced);
  if (!(error instanceof ApplicationFailure)) return copyOf(error, message, cause, isTraced);
  const { type, nonRetryable, details, category } = error;
  const delay = error.nextRetryDelay as number | undefined;
  const bounded = details?.map(boundDetail);
  const copy = new ApplicationFailure(message, type, nonRetryable, bounded, cause, delay, category);
  return withStackOf(copy, error, isTraced);
}

function boundCause(cause: unknown, left: number, isTraced: boolean): Error | undefined {
  if (left === 0 || !(cause instanceof Error)) return undefined;
  const below = boundCause(cause.cause, left - 1, isTraced);
  return copyOf(cause, boundMessage(cause.message, LONGEST_CAUSE), below, isTraced);
}

/** With the name, by which Temporal tells a cancellation and shows an error's type. */
function copyOf(error: Error, message: string, cause: Error | undefined, isTraced: boolean): Error {
  const copy = new Error(message, cause === undefined ? {} : { cause });
  copy.name = error.name;
  return withStackOf(copy, error, isTraced);
}

/** The first line of a stack trace is the message, which may be longer than the bound itself. */
function withStackOf(copy: Error, { stack = '', message }: Error, isTraced: boolean): Error {
  const frames = stack.replace(message, () => copy.message);
  copy.stack = isTraced ? boundMessage(frames, LONGEST_STACK) : '';
  return copy;
}

function boundDetail(detail: unknown): unknown {
  if (typeof detail === 'string') return boundMessage(detail, LONGEST_DETAIL);
  if (Array.isArray(detail)) return detail.slice(0, MOST_ELEMENTS).map(boundDetail);
  if (typeof detail !== 'object' || detail === null) return detail;
  const entries = Object.entries(detail).slice(0, MOST_ELEMENTS);
  return Object.fromEntries(entries.map(([name, value]) => [name, boundDetail(value)]));
}
