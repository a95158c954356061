/** Who does something, and why: what is kept beside every deed of a person. */
import { hostname, userInfo } from 'node:os';
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

/** What Temporal keeps of whoever starts a run: the user and the machine; the process where the user has no name. */
export function clientIdentity(): string {
  return `${systemUser() ?? process.pid}@${hostname()}`;
}

function userName(): string {
  const name = systemUser();
  if (name === null) throw new UsageError('--by NAME is needed: the system has no name for this user.');
  return name;
}

/** Null for a container's user, which often has a number only. */
function systemUser(): string | null {
  try {
    return userInfo().username;
  } catch {
    return null;
  }
}
