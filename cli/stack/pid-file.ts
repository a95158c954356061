/** A file for each process of the stack, by which a later start finds what a killed one has left running. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from './process-identity.ts';
import { isAlive } from './process-identity.ts';
import { stopProcess } from './stop-process.ts';

export interface PidRecord extends ProcessIdentity {
  readonly name: string;
  /** Milliseconds that the process may take to end after SIGTERM. */
  readonly stopGraceMs: number;
}

/** Written at once and in one piece: between the spawn and this, a kill would leave a process that nobody knows of. */
export function writePidFile(stateDir: string, record: PidRecord): void {
  const path = pidFile(stateDir, record.name);
  mkdirSync(folderOf(stateDir), { recursive: true });
  writeFileSync(`${path}.new`, JSON.stringify(record));
  renameSync(`${path}.new`, path);
}

export function removePidFile(stateDir: string, name: string): void {
  rmSync(pidFile(stateDir, name), { force: true });
}

/** Stops what an earlier stack with this state folder has left, the latest started first: workers before servers. */
export async function stopLeftovers(stateDir: string, log: (line: string) => void): Promise<void> {
  const records = readPidFiles(stateDir).sort((a, b) => b.startedAt - a.startedAt);
  for (const record of records) {
    if (isAlive(record)) log(`stopping ${record.name} (pid ${record.pid}), left by a stack that was killed`);
    await stopProcess(record, record.stopGraceMs);
    removePidFile(stateDir, record.name);
  }
}

function readPidFiles(stateDir: string): PidRecord[] {
  mkdirSync(folderOf(stateDir), { recursive: true });
  return readdirSync(folderOf(stateDir))
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(folderOf(stateDir), name), 'utf8')) as PidRecord);
}

function folderOf(stateDir: string): string {
  return join(stateDir, 'processes');
}

function pidFile(stateDir: string, name: string): string {
  return join(folderOf(stateDir), `${name}.json`);
}
