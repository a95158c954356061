/** A step that is up to date while its inputs have the digest noted after its last success and its outputs exist. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT, STATE } from './paths.mjs';

/**
 * @param {readonly string[]} paths files and folders, relative to the root; a folder stands for all files below it
 * @returns {string} sha256 over their names and contents, in hex
 */
export function digestOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths.flatMap(filesUnder)) {
    const content = readFileSync(join(ROOT, path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

function filesUnder(path) {
  if (!statSync(join(ROOT, path)).isDirectory()) return [path];
  return readdirSync(join(ROOT, path))
    .sort()
    .flatMap((name) => filesUnder(join(path, name)));
}

/**
 * @param {{ name: string, doing: string, needs: string[], inputs: string[], outputs: string[],
 *           packages?: readonly import('./debian.mjs').Requirement[],
 *           run: (log: (line: string) => void) => Promise<void> }} step
 */
export function stampedStep({ name, doing, needs, packages, inputs, outputs, run }) {
  const stamp = join(STATE, `${name}.stamp`);
  return {
    name,
    doing,
    needs,
    packages,
    isUpToDate: () => outputs.every((path) => existsSync(join(ROOT, path))) && readText(stamp) === digestOf(inputs),
    run: async (log) => {
      // The digest of what is about to be used: an edit made meanwhile must show next time.
      const digest = digestOf(inputs);
      rmSync(stamp, { force: true });
      await run(log);
      mkdirSync(dirname(stamp), { recursive: true });
      writeFileSync(stamp, digest);
    },
  };
}

/** @returns {string | null} null when there is no such file */
export function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}
