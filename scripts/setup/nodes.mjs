/** Other versions of Node than the one that runs this, for the tests of what they do otherwise: `.veille/nodes`. */
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';
import { run } from './run.mjs';
import { stampedStep } from './stamp.mjs';

const LOCKED = 'scripts/setup/nodes';
const FOLDER = '.veille/nodes';

export const nodesStep = {
  ...stampedStep({
    name: 'nodes',
    doing: 'fetching other versions of Node (about 150 MB)',
    needs: [],
    inputs: [LOCKED, 'scripts/setup/nodes.mjs'],
    outputs: [`${FOLDER}/node_modules`],
    run: install,
  }),
  onlyByName: true,
};

/** Where npm has packages of Node for. */
export const HAS_NODES = process.platform === 'linux' && process.arch === 'x64';

/** @returns {string[]} the programs, the oldest version first */
export function otherNodes() {
  const modules = join(ROOT, FOLDER, 'node_modules');
  const names = readdirSync(modules).filter((name) => name.startsWith('node-'));
  return names.sort().map((name) => join(modules, name, 'bin', 'node'));
}

async function install(log) {
  mkdirSync(join(ROOT, FOLDER), { recursive: true });
  for (const name of ['package.json', 'package-lock.json'])
    copyFileSync(join(ROOT, LOCKED, name), join(ROOT, FOLDER, name));
  await run('nodes', 'npm', ['ci', '--prefix', FOLDER, '--ignore-scripts', '--no-audit', '--no-fund'], { log });
}
