/** Tells a process from a later one that was given the same pid, as Linux keeps them in /proc. */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks between the machine's start and the process's. */
  readonly startedAt: number;
}

interface ProcessStat extends ProcessIdentity {
  /** One letter; Z is a zombie, which has ended and only waits for its parent to notice. */
  readonly state: string;
  readonly session: number;
}

/** @returns null when no process has that pid */
export function identify(pid: number): ProcessIdentity | null {
  const stat = readStat(pid);
  return stat && { pid, startedAt: stat.startedAt };
}

export function isAlive({ pid, startedAt }: ProcessIdentity): boolean {
  const stat = readStat(pid);
  return stat !== null && stat.startedAt === startedAt && stat.state !== 'Z';
}

/**
 * The processes still alive in the session that `leader` opened when it was spawned detached, itself among them.
 *
 * Empty when the pid has been given to another process since, since Linux gives no pid away that still names a session.
 */
export function sessionOf(leader: ProcessIdentity): ProcessIdentity[] {
  const now = readStat(leader.pid);
  if (now !== null && now.startedAt !== leader.startedAt) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readStat(Number(name)))
    .filter((stat) => stat !== null)
    .filter((stat) => stat.session === leader.pid && stat.startedAt >= leader.startedAt && stat.state !== 'Z');
}

/** The command line with single spaces, or null when it can't be read. */
export function commandLineOf(pid: number): string | null {
  const text = readProc(`${pid}/cmdline`);
  return text && text.replaceAll('\0', ' ').trim();
}

function readStat(pid: number): ProcessStat | null {
  const text = readProc(`${pid}/stat`);
  if (text === null) return null;
  // The second field, the program's name in parentheses, may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): string => fields[number - 3] ?? '';
  return {
    pid,
    state: field(3),
    session: Number(field(6)),
    startedAt: Number(field(22)),
  };
}

function readProc(path: string): string | null {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch {
    // Gone in the meantime, or another user's.
    return null;
  }
}
