/** What is checked and tested: static checks first, then the tests. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Layers of `test/`; those with `serially` start real servers, and two files at once would only slow each other. */
const LAYERS = [
  { name: 'unit', serially: false, lane: 0 },
  { name: 'activities', serially: false, lane: 0 },
  { name: 'workflows', serially: false, lane: 0 },
  { name: 'integration', serially: true, lane: 1 },
  // It waits for heartbeats most of the time.
  { name: 'chaos', serially: true, lane: 2 },
  // Finished runs, audited and made again.
  { name: 'proof', serially: true, lane: 2 },
];

/** A file that hangs for this long has failed: several times what the slowest takes on a busy machine. */
const TEST_TIMEOUT_MS = 2_400_000;

/**
 * @typedef {object} Stage
 * @property {string} name
 * @property {string} command
 * @property {string[]} args
 * @property {string} folder in which it runs, relative to the root
 */

/** @type {readonly Stage[]} */
export const STATIC_STAGES = [
  npmProgram('tsc', []),
  npmProgram('oxlint', ['--type-aware', '--deny-warnings']),
  npmProgram('oxfmt', ['--check']),
  ruff('ruff check', ['check']),
  ruff('ruff format', ['format', '--check']),
];

/** @type {Stage} */
const OTHER_NODES = { name: 'nodes', command: process.execPath, args: ['scripts/checks/nodes.mjs'], folder: '.' };

/** @returns {Stage[][]} static checks, layers of `test/` and the trainer's own tests, in lanes that run side by side */
export function allLanes() {
  const layersOf = (wanted) =>
    LAYERS.filter(({ lane }) => lane === wanted).map(({ name, serially }) =>
      nodeTests(name, testFiles(join('test', name)), serially),
    );
  return [[...STATIC_STAGES, OTHER_NODES, ...layersOf(0), pytest([])], layersOf(1), layersOf(2)];
}

/**
 * @param {string} selector a stage's name, `static`, or the path of a test file or of a folder of tests
 * @returns {Stage[]}
 * @throws {Error} that lists what may be named
 */
export function select(selector) {
  if (selector === 'static') return [...STATIC_STAGES];
  const all = allLanes().flat();
  const named = all.filter((stage) => stage.name === selector);
  if (named.length > 0) return named;
  if (!existsSync(join(ROOT, selector))) {
    const names = all.map((stage) => stage.name).join(', ');
    throw new Error(`"${selector}" is neither a file nor one of: static, ${names}`);
  }
  if (selector.startsWith('trainer/')) return [pytest([selector.slice('trainer/'.length)])];
  return [nodeTests(selector, selector.endsWith('.ts') ? [selector] : testFiles(selector), true)];
}

/** Node 20 does not expand globs, and `--test` without a file would run whatever it finds. */
function testFiles(folder) {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts'))
    .sort()
    .map((path) => join(folder, path));
}

/** @returns {Stage} */
function nodeTests(name, files, serially) {
  const options = ['--import', 'tsx', '--test', '--test-reporter=spec', `--test-timeout=${TEST_TIMEOUT_MS}`];
  if (serially) options.push('--test-concurrency=1');
  return { name, command: process.execPath, args: [...options, ...files], folder: '.' };
}

/** @returns {Stage} */
function pytest(args) {
  return { name: 'trainer', command: venvProgram('python'), args: ['-m', 'pytest', ...args], folder: 'trainer' };
}

/** @returns {Stage} */
function npmProgram(name, args) {
  return { name, command: join(ROOT, 'node_modules', '.bin', name), args, folder: '.' };
}

/** @returns {Stage} */
function ruff(name, args) {
  const paths = ['--config', 'pyproject.toml', '.', '../scripts', '../bench'];
  return { name, command: venvProgram('ruff'), args: [...args, ...paths], folder: 'trainer' };
}

function venvProgram(name) {
  return join(ROOT, 'trainer', '.venv', 'bin', name);
}
