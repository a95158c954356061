/** Who does something, and why: what is kept beside every deed of a person. */
import { userInfo } from 'node:os';
import { UsageError } from './exit.ts';

export interface AuthorOptions {
  /** Who does it; the system's name of the user without. */
  readonly by?: string;
  /** Why. */
  readonly note?: string;
}

/**
 * The name to keep.
 *
 * @throws {UsageError} when `by` is blank, or neither it nor the system names the user
 */
export function authorOf({ by }: AuthorOptions): string {
  const name = by === undefined ? userName() : by.trim();
  if (name === '') throw new UsageError('--by is empty: it is the name that is kept.');
  return name;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch (cause) {
    // A container's user often has a number only.
    throw new UsageError('--by NAME is needed: the system has no name for this user.', { cause });
  }
}
