/** Notes on a schedule say who did what, when and why: Temporal keeps the text, and no other trace of it. */
import { authorOf, type AuthorOptions } from '../author.ts';
import { formatInstant } from '../render/quantity.ts';

/**
 * `Paused by ada, 2026-11-24 12:10:23Z: the corpus moves to another bucket`.
 *
 * @param now milliseconds since the epoch
 * @throws {UsageError} when neither `by` nor the system names the user
 */
export function noteText(
  deed: 'Created' | 'Updated' | 'Paused' | 'Resumed',
  author: AuthorOptions,
  now: number,
): string {
  const who = `${deed} by ${authorOf(author)}, ${formatInstant(now)}`;
  return author.note === undefined ? who : `${who}: ${author.note}`;
}
