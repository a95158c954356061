/** Digests of the code outside this process that computes steps: part of the keys of the steps that it computes. */
import { readFileSync } from 'node:fs';
import { cp, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { filesBelow } from '../artifacts/local-files.ts';
import { digestOf, sha256 } from '../../core/canonical.ts';

/** Each a hexadecimal SHA-256. */
export interface CodeDigests {
  /** The trainer's package, and the locked versions of what it computes with: of every training and every export. */
  readonly trainer: string;
  /** The locked versions of what encodes texts in the worker: of every encoder, and so of every embedding. */
  readonly runtime: string;
}

/** What decides the numbers of a training or of an exported graph. */
const PYTHON_PACKAGES =
  /^(accelerate|numpy|onnx|onnxruntime|onnxscript|peft|safetensors|sentence-transformers|tokenizers|torch|transformers)==/;
/** What decides the numbers of an embedding. */
const NODE_PACKAGES = ['onnxruntime-node', 'tokenizers'];

/** Made by Python when it runs the package. */
const NOT_SOURCE = /^(__pycache__|.*\.pyc)$/;

/**
 * @param root of the repository, or of its copy in a container
 * @param trainerSource folder with the package veille_trainer
 */
export async function codeDigests(root: string, trainerSource: string): Promise<CodeDigests> {
  const trainer = digestOf({
    sources: await sourceDigests(trainerSource),
    packages: pinned(await readFile(join(root, 'trainer', 'requirements.lock'), 'utf8')),
  });
  return { trainer, runtime: digestOf(locked(join(root, 'package-lock.json'))) };
}

/**
 * Copies the trainer's package, so that every training of this process runs the code that it started with, whatever is
 * edited or checked out meanwhile.
 *
 * @param folder is replaced
 */
export async function copyTrainer(source: string, folder: string): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await cp(source, folder, { recursive: true, filter: (path) => !NOT_SOURCE.test(basename(path)) });
  return folder;
}

async function sourceDigests(folder: string): Promise<Record<string, string>> {
  const paths = (await filesBelow(folder, { links: false })).filter(
    (path) => !path.split('/').some((name) => NOT_SOURCE.test(name) || name.endsWith('.egg-info')),
  );
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path, sha256(await readFile(join(folder, path)))] as const)),
  );
}

/** Requirements as they are pinned, with their markers: `numpy==2.4.6 ; python_full_version >= '3.11'`. */
function pinned(lock: string): string[] {
  const lines = lock.split('\n').map((line) => line.replace(/\\$/, '').trim());
  return lines.filter((line) => PYTHON_PACKAGES.test(line)).sort();
}

function locked(file: string): Record<string, string> {
  const { packages } = JSON.parse(readFileSync(file, 'utf8')) as {
    packages: Record<string, { readonly version?: string } | undefined>;
  };
  return Object.fromEntries(
    NODE_PACKAGES.map((name) => {
      const version = packages[`node_modules/${name}`]?.version;
      if (version === undefined) throw new Error(`${file} does not lock ${name}`);
      return [name, version];
    }),
  );
}
