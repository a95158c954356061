/** Checks of what the program runs on: Node, uv, Python and its packages, the local servers. */
import { access, constants } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Check, warn } from './check.ts';
import { outputOf } from '../../adapters/machine/program-output.ts';

const SETUP = 'run: npm run setup';
const OLDEST_NODE = [20, 19] as const;

export const nodeCheck: Check = {
  name: 'Node',
  fix: `install Node ${OLDEST_NODE.join('.')} or later`,
  async look() {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
    const isOld = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
    if (isOld) throw new Error(`${process.version} is too old`);
    return process.version;
  },
};

/** Needed to set the Python environment up, not to use it. */
export const uvCheck: Check = {
  name: 'uv',
  fix: SETUP,
  look: () => outputOf('uv', ['--version']).catch(() => warn('not on the PATH', `only setup needs it; ${SETUP}`)),
};

/** The packages whose versions decide what training and export do. */
const PACKAGES = ['torch', 'transformers', 'sentence-transformers', 'peft', 'onnx', 'onnxruntime', 'wandb'];

const VERSIONS_SCRIPT = `
import sys
from importlib.metadata import version
print(sys.version.split()[0], *(f"{name} {version(name)}" for name in sys.argv[1:]), sep=", ")`;

/** @param python the interpreter of the trainer's environment */
export function pythonCheck(python: string): Check {
  return {
    name: 'Python',
    fix: SETUP,
    look: () => outputOf(python, ['-c', VERSIONS_SCRIPT, ...PACKAGES]),
  };
}

/** The servers of the local stack, which the Python environment brings along. */
export function localServersCheck(python: string): Check {
  return {
    name: 'Local servers',
    fix: SETUP,
    async look() {
      const folder = dirname(python);
      for (const server of ['temporal', 'weed']) await access(join(folder, server), constants.X_OK);
      return `temporal and weed in ${folder}`;
    },
  };
}
