/** Notes on a schedule say who did what, when and why: Temporal keeps the text, and no other trace of it. */
import { userInfo } from 'node:os';
import { UsageError } from '../exit.ts';
import { formatInstant } from '../render/quantity.ts';

export interface NoteOptions {
  /** Who does it; the system's name of the user without. */
  readonly by?: string;
  /** Why. */
  readonly note?: string;
}

/**
 * `Paused by ada, 2026-11-24 12:10:23Z: the corpus moves to another bucket`.
 *
 * @param now milliseconds since the epoch
 * @throws {UsageError} when neither `by` nor the system names the user
 */
export function noteText(deed: 'Created' | 'Paused' | 'Resumed', { by, note }: NoteOptions, now: number): string {
  const who = `${deed} by ${by ?? userName()}, ${formatInstant(now)}`;
  return note === undefined ? who : `${who}: ${note}`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch (cause) {
    // A container's user often has a number only.
    throw new UsageError('--by NAME is needed: the system has no name for this user.', { cause });
  }
}
