/** Debian packages that the steps need: what is missing, and the one command that installs all of it. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/**
 * @typedef {object} Requirement
 * @property {string} apt name of the package
 * @property {() => boolean} isThere cheap: asked before anything is fetched
 */

/**
 * The complaint of a user who may not install packages, with all that the steps lack; null where nothing is missing, or
 * where each step installs its own.
 *
 * @param {readonly Requirement[]} requirements
 * @param {{ isRoot?: boolean, hasApt?: boolean }} [machine] this one, unless a test says otherwise
 * @returns {string | null}
 */
export function packagesComplaint(
  requirements,
  { isRoot = process.getuid?.() === 0, hasApt = succeeds('apt-get', ['--version']) } = {},
) {
  if (isRoot || !hasApt) return null;
  const missing = requirements.filter(({ isThere }) => !isThere()).map(({ apt }) => apt);
  if (missing.length === 0) return null;
  const install = `sudo apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  return `Packages of the system are missing. Run this, and then the set-up again:\n\n  sudo apt-get update && ${install}\n`;
}

/** @returns {boolean} whether the command runs and ends well */
export function succeeds(command, args) {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Full path of a program, else undefined. */
export function onPath(program) {
  return (process.env.PATH ?? '')
    .split(':')
    .map((folder) => `${folder}/${program}`)
    .find((path) => existsSync(path));
}
