/** The steps of the set-up, each after those it needs. */
import { cudaStep } from './cuda.mjs';
import { dataStep } from './data.mjs';
import { buildFaiss, FAISS_PACKAGES } from './faiss.mjs';
import { nodesStep } from './nodes.mjs';
import { npmStep } from './npm.mjs';
import { pythonStep } from './python.mjs';
import { stampedStep } from './stamp.mjs';

const faissStep = stampedStep({
  name: 'faiss',
  doing: 'building the FAISS binding',
  needs: ['npm'],
  packages: FAISS_PACKAGES,
  inputs: ['native/faiss/src', 'scripts/setup/faiss.mjs'],
  outputs: ['native/faiss/build/faiss.node'],
  run: buildFaiss,
});

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {string} doing what it is about to do, in a few words
 * @property {string[]} needs names of steps that must be up to date before this one runs
 * @property {true} [onlyByName] it is run where its name is said
 * @property {readonly import('./debian.mjs').Requirement[]} [packages] of the system, without which it fails
 * @property {() => boolean} isUpToDate cheap: every `npm test` and `npm run demo` asks it first
 * @property {(log: (line: string) => void) => Promise<void>} run may be killed anywhere: the next call starts it again
 */

/** @type {readonly Step[]} */
export const STEPS = [npmStep, pythonStep, faissStep, dataStep, cudaStep, nodesStep];
