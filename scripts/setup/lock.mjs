/** One set-up at a time in a clone: a file with the owner's pid, touched while the owner is at work. */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { STATE } from './paths.mjs';
import { say } from './progress.mjs';

const TOUCH_MS = 5_000;
/** Six touches missed: the owner is dead, and its pid may be another process's by now. */
const STALE_MS = 30_000;
const POLL_MS = 200;

/**
 * Waits for another set-up to end, then owns the lock.
 *
 * @param {string} [path]
 * @returns {Promise<() => void>} releases the lock; it is also released when this process exits
 */
export async function acquireLock(path = join(STATE, 'lock')) {
  mkdirSync(join(path, '..'), { recursive: true });
  for (let waiting = false; !tryLock(path); waiting = true) {
    const owner = readOwner(path);
    if (owner === null) continue;
    if (!isAtWork(owner)) {
      removeStale(path, owner.text);
      continue;
    }
    if (!waiting) say(`another set-up is at work (pid ${owner.pid}): waiting for it`);
    await sleep(POLL_MS);
  }
  const timer = setInterval(() => utimesSync(path, new Date(), new Date()), TOUCH_MS);
  timer.unref();
  const release = () => {
    clearInterval(timer);
    rmSync(path, { force: true });
  };
  process.once('exit', release);
  return () => {
    process.removeListener('exit', release);
    release();
  };
}

function tryLock(path) {
  try {
    writeFileSync(path, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** @returns null when the owner has just let go */
function readOwner(path) {
  try {
    const text = readFileSync(path, 'utf8');
    return { text, pid: Number(text), touched: statSync(path).mtimeMs };
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

function isAtWork({ pid, touched }) {
  if (Date.now() - touched > STALE_MS) return false;
  // Created and not yet written: its owner lives, most likely.
  if (pid === 0) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Takes the lock file away only if it is still the one that was judged, since another waiter may have been quicker. */
function removeStale(path, text) {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    if (readFileSync(aside, 'utf8') !== text) linkSync(aside, path);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}
