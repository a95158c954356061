/** Ends the command that a killed set-up has left at work: a second one would write into the same folder. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { STATE } from './paths.mjs';
import { readText } from './stamp.mjs';

const POLL_MS = 20;

/**
 * @param {string} name of the command's log
 * @param {number | undefined} pid of a child that leads its own process group; undefined when it could not be started
 * @returns {() => void} to call when it has ended
 */
export function noteChild(name, pid) {
  if (pid !== undefined) writeFileSync(noteOf(name), JSON.stringify({ pid, startedAt: startOf(pid) }));
  return () => rmSync(noteOf(name), { force: true });
}

/** @param {string} name */
export async function endOrphan(name) {
  const note = readText(noteOf(name));
  if (note === null) return;
  const { pid, startedAt } = JSON.parse(note);
  for (let now = startOf(pid); now !== null && now === startedAt; now = startOf(pid)) {
    process.kill(-pid, 'SIGKILL');
    await sleep(POLL_MS);
  }
  rmSync(noteOf(name));
}

/** Clock ticks from the machine's start to the process's, which tell it from a later one with its pid; null: ended. */
function startOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? null : fields[18];
  } catch {
    return null;
  }
}

function noteOf(name) {
  return join(STATE, `${name}.pid`);
}
