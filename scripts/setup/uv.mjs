/** Finds uv, which installs the locked Python packages, or installs it for this clone alone. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { succeeds } from './debian.mjs';
import { ROOT } from './paths.mjs';
import { run } from './run.mjs';

const FOLDER = join(ROOT, '.veille', 'uv');
const OWN_UV = join(FOLDER, 'bin', 'uv');
const REQUIREMENTS = join(ROOT, 'scripts', 'setup', 'uv-requirements.txt');

/**
 * @param {string} python a command that is Python ≥ 3.10
 * @param {(line: string) => void} log
 * @returns {Promise<string>} a command that is uv
 * @throws {Error} when there is neither uv nor pip nor the right to install one
 */
export async function findUv(python, log) {
  for (const command of ['uv', OWN_UV]) if (succeeds(command, ['--version'])) return command;
  rmSync(FOLDER, { recursive: true, force: true });
  await installUv(python, log);
  if (existsSync(OWN_UV)) return OWN_UV;
  throw new Error(`pip has installed uv, but not at ${OWN_UV}. Install uv yourself and put it on PATH.`);
}

/** Whether {@link findUv} finds uv, or a way to install it without the system's packages. */
export function canHaveUv(python) {
  return (
    ['uv', OWN_UV].some((command) => succeeds(command, ['--version'])) ||
    succeeds(python, ['-m', 'pip', '--version']) ||
    succeeds(python, ['-c', 'import venv, ensurepip'])
  );
}

/** With whichever of pip, venv and apt there is; none of these ways writes into the system's own Python. */
async function installUv(python, log) {
  const pipInstall = ['-m', 'pip', 'install', '--quiet', '--require-hashes', '--no-deps', '-r', REQUIREMENTS];
  if (succeeds(python, ['-m', 'pip', '--version'])) {
    await run('uv', python, [...pipInstall, '--target', FOLDER], { log });
  } else if (succeeds(python, ['-c', 'import venv, ensurepip'])) {
    await run('uv', python, ['-m', 'venv', FOLDER], { log });
    await run('uv', join(FOLDER, 'bin', 'python'), pipInstall, { log });
  } else if (process.getuid?.() === 0 && succeeds('apt-get', ['--version'])) {
    await run('uv', 'apt-get', ['update'], { log });
    await run('uv', 'apt-get', ['install', '-y', '--no-install-recommends', 'python3-pip'], { log });
    await run('uv', python, [...pipInstall, '--target', FOLDER], { log });
  } else {
    throw new Error(
      `${python} has neither pip nor venv, and there is no uv on PATH. ` +
        'On Debian and Ubuntu: sudo apt-get install python3-pip. Elsewhere: install uv.',
    );
  }
}
