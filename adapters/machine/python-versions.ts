/** Versions of what is installed in a Python environment, read from its metadata: no interpreter is started. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a number depends on; the lock file's digest stands for the rest. */
const PACKAGES = [
  'accelerate',
  'datasets',
  'numpy',
  'onnx',
  'onnxruntime',
  'onnxscript',
  'peft',
  'safetensors',
  'sentence-transformers',
  'tokenizers',
  'torch',
  'transformers',
  'wandb',
];

/**
 * @param root of the environment
 * @returns `python` and the packages above that are there, by their names
 */
export async function pythonVersions(root: string): Promise<Record<string, string>> {
  const versions: [string, string][] = [];
  const configuration = await readFile(join(root, 'pyvenv.cfg'), 'utf8').catch(() => '');
  const python = /^version(?:_info)?\s*=\s*(\S+)/m.exec(configuration)?.[1];
  if (python !== undefined) versions.push(['python', python]);
  for (const library of await namesIn(join(root, 'lib')))
    for (const entry of await namesIn(join(root, 'lib', library, 'site-packages'))) {
      const [, name = '', version = ''] = /^(.+)-([^-]+)\.dist-info$/.exec(entry) ?? [];
      const canonical = name.toLowerCase().replaceAll(/[-_.]+/g, '-');
      if (PACKAGES.includes(canonical)) versions.push([canonical, version]);
    }
  return Object.fromEntries(versions.sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
