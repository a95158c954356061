/** Installs the npm packages of package-lock.json, when those in node_modules are others. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';
import { run } from './run.mjs';
import { readText } from './stamp.mjs';

/** npm writes this file last, so that a killed install has none. */
const INSTALLED = join(ROOT, 'node_modules', '.package-lock.json');

export const npmStep = {
  name: 'npm',
  doing: 'installing the packages of package-lock.json',
  needs: [],
  isUpToDate: () => {
    const installed = readText(INSTALLED);
    if (installed === null) return false;
    const locked = JSON.parse(readText(join(ROOT, 'package-lock.json'))).packages;
    return isInstalled(locked, JSON.parse(installed).packages, (path) => existsSync(join(ROOT, path)));
  },
  run: (log) =>
    run('npm', 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      // onnxruntime's script would ask for CUDA libraries even where scripts are allowed.
      env: { ONNXRUNTIME_NODE_INSTALL: 'skip' },
      log,
    }),
};

/**
 * Whether every locked package is there in its version; optional ones may be missing, as those of other platforms are.
 *
 * @param {Record<string, { version?: string, optional?: boolean }>} locked `packages` of package-lock.json
 * @param {Record<string, { version?: string }>} installed `packages` of npm's own list in node_modules
 * @param {(path: string) => boolean} exists
 */
export function isInstalled(locked, installed, exists) {
  return Object.entries(locked).every(([path, { version, optional }]) => {
    if (path === '') return true;
    const found = installed[path];
    if (found === undefined) return optional === true;
    return found.version === version && exists(path);
  });
}
