/** What this worker computes with, for the records of the steps that it does. */
import { readFile } from 'node:fs/promises';
import { arch, release, totalmem, type as system } from 'node:os';
import { join } from 'node:path';
import { describeCpu } from '../adapters/machine/cpu.ts';
import { findGpus } from '../adapters/machine/gpus.ts';
import { pythonVersions } from '../adapters/machine/python-versions.ts';
import { sha256OfFile } from '../adapters/object-store/file-digest.ts';
import type { CodeVersion, CudaState, Environment } from '../contracts/environment.ts';
import { faissVersion } from '../native/faiss/index.ts';
import type { WorkerConfig } from './config.ts';

type Described = Pick<
  WorkerConfig,
  'root' | 'source' | 'buildId' | 'image' | 'threads' | 'processors' | 'pythonEnvironment'
>;

/** @param cuda what a GPU worker has found; null: it is none */
export async function describeEnvironment(config: Described, cuda: CudaState = null): Promise<Environment> {
  const { model, instructionSets } = await describeCpu();
  return {
    platform: `${system()} ${release()} ${arch()}`,
    cpu: { model, threads: config.processors, instructionSets },
    memoryBytes: totalmem(),
    // Without what is free now, which is no property of the machine.
    gpus: (await findGpus()).map(({ name, memoryMiB, driver, computeCapability }) => ({
      name,
      memoryMiB,
      driver,
      computeCapability,
    })),
    cuda,
    computeThreads: config.threads,
    versions: {
      node: process.versions.node,
      'onnxruntime-node': await packageVersion(config.root, 'onnxruntime-node'),
      faiss: faissVersion(),
      ...(await pythonVersions(config.pythonEnvironment)),
    },
    code: await describeCode(config),
  };
}

async function describeCode({ root, source, buildId, image }: Described): Promise<CodeVersion> {
  return {
    buildId,
    ...source,
    locks: {
      npm: await sha256OfFile(join(root, 'package-lock.json')),
      python: await sha256OfFile(join(root, 'trainer', 'requirements.lock')),
    },
    image,
  };
}

async function packageVersion(root: string, name: string): Promise<string> {
  const text = await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
