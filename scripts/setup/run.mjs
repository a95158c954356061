/** Runs one command of the set-up, its output in a log file and its last lines in the error when it fails. */
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { endOrphan, noteChild } from './orphan.mjs';
import { ROOT, STATE } from './paths.mjs';

const LINES_IN_ERROR = 20;

/** @type {Set<number>} pids */
const children = new Set();

/** Asks every command still running to end, for when set-up itself is told to. */
export function stopChildren() {
  for (const pid of children) process.kill(-pid, 'SIGTERM');
}

/**
 * @param {string} name of the log file, `.veille/setup/<name>.log`
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string>, log?: (line: string) => void }} [options] `env` is added to this process's own
 * @throws {Error} with the last lines printed, when the command is missing or exits with another code than 0
 */
export async function run(name, command, args, { env = {}, log } = {}) {
  mkdirSync(STATE, { recursive: true });
  await endOrphan(name);
  const logFile = join(STATE, `${name}.log`);
  const file = createWriteStream(logFile, { flags: 'a' });
  file.write(`$ ${command} ${args.join(' ')}\n`);
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Leads a process group, so that it can be ended with all that it starts.
    detached: true,
  });
  const forget = noteChild(name, child.pid);
  if (child.pid !== undefined) children.add(child.pid);
  const lines = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      file.write(`${line}\n`);
      lines.push(line);
      if (lines.length > LINES_IN_ERROR) lines.shift();
      log?.(line);
    });
  }
  const outcome = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code === 0 ? null : signal ? `killed by ${signal}` : `exit ${code}`));
  });
  children.delete(child.pid);
  forget();
  file.end();
  if (outcome === null) return;
  throw new Error(`${command} ${args.join(' ')}\n  ${outcome}; all its output is in ${logFile}\n${lines.join('\n')}`);
}
