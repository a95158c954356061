/** Finds a Python that the locked packages have wheels for. */
import { execFileSync } from 'node:child_process';

const OLDEST_MINOR = 10;
const NEWEST_MINOR = 14;

/**
 * @param {(command: string) => number[] | null} [versionOf] `[major, minor]` of a command, null when there is none
 * @param {string} [chosen] the command to use and no other, from VEILLE_PYTHON
 * @returns {string} a command that is Python 3.10 to 3.14
 * @throws {Error} with the command that installs one
 */
export function findPython(versionOf = pythonVersion, chosen = process.env.VEILLE_PYTHON) {
  const minors = Array.from({ length: NEWEST_MINOR - OLDEST_MINOR + 1 }, (_, index) => NEWEST_MINOR - index);
  const candidates = chosen ? [chosen] : ['python3', ...minors.map((minor) => `python3.${minor}`), 'python'];
  const found = candidates.map((command) => ({ command, version: versionOf(command) }));
  const usable = found.find(({ version }) => version !== null && isUsable(version));
  if (usable) return usable.command;
  const seen = found
    .filter(({ version }) => version !== null)
    .map((one) => `${one.command} is ${one.version.join('.')}`);
  throw new Error(
    `veille needs Python 3.${OLDEST_MINOR} to 3.${NEWEST_MINOR}; ` +
      `${seen.length > 0 ? seen.join(', ') : `none of ${candidates.join(', ')} is there`}.\n` +
      '  Debian, Ubuntu: sudo apt-get install python3\n' +
      '  elsewhere:      VEILLE_PYTHON=/path/to/python npm run setup',
  );
}

function isUsable([major, minor]) {
  return major === 3 && minor >= OLDEST_MINOR && minor <= NEWEST_MINOR;
}

function pythonVersion(command) {
  try {
    const script = 'import sys; print(sys.version_info[0], sys.version_info[1])';
    const output = execFileSync(command, ['-c', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return output.trim().split(' ').map(Number);
  } catch {
    // Not there, or a version manager's stand-in for a Python that is not installed.
    return null;
  }
}
