/** Names the process that listens on a TCP port of this machine. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { commandLineOf } from './process-identity.ts';

/** State of a listening socket in /proc/net/tcp. */
const LISTEN = '0A';
const LONGEST_COMMAND = 80;

/** @returns e.g. `pid 812 (temporal server start-dev …)`; null when it can't be told, as for another user's process */
export function portHolder(port: number): string | null {
  const sockets = new Set(['tcp', 'tcp6'].flatMap((table) => listeningSockets(table, port)));
  if (sockets.size === 0) return null;
  const pid = readdirSync('/proc').find(
    (name) => /^\d+$/.test(name) && openSockets(name).some((id) => sockets.has(id)),
  );
  if (pid === undefined) return null;
  const command = commandLineOf(Number(pid)) ?? 'unknown program';
  return `pid ${pid} (${command.length > LONGEST_COMMAND ? `${command.slice(0, LONGEST_COMMAND)}…` : command})`;
}

/** Inodes of the sockets that listen on the port, as `socket:[123]`. */
function listeningSockets(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readFileSync(`/proc/net/${table}`, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === LISTEN && local?.endsWith(suffix))
    .map((fields) => `socket:[${fields[9]}]`);
}

function openSockets(pid: string): string[] {
  const folder = `/proc/${pid}/fd`;
  return orNothing(() => readdirSync(folder)).flatMap((fd) => orNothing(() => [readlinkSync(`${folder}/${fd}`)]));
}

/** For what is another user's, or has gone since it was listed. */
function orNothing(read: () => string[]): string[] {
  try {
    return read();
  } catch {
    return [];
  }
}
