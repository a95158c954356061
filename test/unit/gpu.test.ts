/** What is said of a GPU, on a machine whose driver is a fake: a program that answers as nvidia-smi does. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { findGpus } from '../../adapters/machine/gpus.ts';
import { gpuCheck } from '../../cli/doctor/gpu.ts';
import { environment } from '../../contracts/environment.ts';
import { checkDevice } from '../../workers/check-device.ts';
import { loadWorkerConfig } from '../../workers/config.ts';
import { CUDA_LIBRARIES, withCudaLibraries } from '../../workers/cuda-libraries.ts';
import { describeEnvironment } from '../../workers/describe-environment.ts';
import { program, ROOT } from '../fixtures/paths.ts';

const PYTHON = program('python');
const path = process.env['PATH'];
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veille-gpu-'));
});
after(async () => {
  process.env['PATH'] = path;
  await rm(folder, { recursive: true });
});

/** Lines of `--format=csv,noheader,nounits`: name, MiB, driver, compute capability, MiB that are free. */
async function fakeDriver(...lines: readonly string[]): Promise<void> {
  const fake = join(folder, 'nvidia-smi');
  await writeFile(fake, `#!/bin/sh\ncat <<'END'\n${lines.join('\n')}\nEND\n`);
  await chmod(fake, 0o755);
  process.env['PATH'] = `${folder}:${path}`;
}

/** Levels and messages, and the value that `check` gave. */
async function logged<R>(check: (logger: pino.Logger) => Promise<R>): Promise<[R, string[]]> {
  const lines: string[] = [];
  const logger = pino({ base: null, timestamp: false }, { write: (line) => void lines.push(line) });
  const value = await check(logger);
  return [
    value,
    lines.map((line) => {
      const { level, msg } = JSON.parse(line) as { level: number; msg: string };
      return `${level === 40 ? 'warn' : 'info'} ${msg}`;
    }),
  ];
}

describe('a machine without a driver', () => {
  it('is told in one line, and nothing is started', async () => {
    const [cuda, lines] = await logged((logger) => checkDevice('/nowhere/python', logger));
    assert.equal(cuda, null);
    assert.deepEqual(lines, ['info no GPU: this worker trains and exports on the CPU']);
  });

  it('is no place for the proof, which says so in one sentence', async () => {
    const args = ['--import', 'tsx', `${ROOT}bench/gpu/main.ts`];
    const failed = await promisify(execFile)(process.execPath, args, { cwd: ROOT }).catch((error: unknown) => error);
    const { code, stderr } = failed as { code: number; stderr: string };
    assert.equal(code, 1);
    assert.match(stderr, /^prove:gpu {2}There is no NVIDIA GPU here \(nvidia-smi does not answer\)\. --rehearse .*\n$/);
  });

  it('is a warning of the doctor', async () => {
    assert.match(JSON.stringify(await gpuCheck(PYTHON).look()), /none: fine-tuning and export run on the CPU/);
  });
});

describe('a machine with a driver', () => {
  it('has its GPUs by name, memory, driver and capability', async () => {
    await fakeDriver('NVIDIA H200, 143771, 580.95.05, 9.0, 143200', 'Tesla K80, 11441, 470.1, [N/A], 100');
    assert.deepEqual(await findGpus(), [
      { name: 'NVIDIA H200', memoryMiB: 143_771, driver: '580.95.05', computeCapability: '9.0', freeMiB: 143_200 },
      { name: 'Tesla K80', memoryMiB: 11_441, driver: '470.1', computeCapability: null, freeMiB: 100 },
    ]);
  });

  it('is warned of, where memory is taken or a library can not use the GPU, and recorded', async () => {
    await fakeDriver('NVIDIA L4, 23034, 570.1, 8.9, 2000');
    const [cuda, lines] = await logged((logger) => checkDevice(PYTHON, logger));
    assert.match(cuda?.torch.detail ?? '', /^torch \S+ of CUDA \S+ sees no GPU$/);
    assert.match(cuda?.onnxruntime.detail ?? '', /loaded from \S+libonnxruntime\.so/);
    assert.deepEqual(lines, [
      'info GPU',
      'warn others hold memory of this GPU: batches may not fit',
      'warn PyTorch can not use the GPU: trainings are refused. Update the driver, or set VEILLE_DEVICE=cpu',
      'warn ONNX Runtime can not use the GPU: runs with embedding.device cuda fail. Run set-up on this machine, and start ' +
        `the worker with LD_LIBRARY_PATH=${CUDA_LIBRARIES} (docs/gpu.md)`,
    ]);
    const described = await describeEnvironment(loadWorkerConfig(), cuda);
    assert.deepEqual(described.gpus, [
      { name: 'NVIDIA L4', memoryMiB: 23_034, driver: '570.1', computeCapability: '8.9' },
    ]);
    assert.deepEqual(environment.parse(described).cuda, cuda);
  });

  it('is told by the doctor with what can not use it', async () => {
    await fakeDriver('NVIDIA L4, 23034, 570.1, 8.9, 22000');
    assert.match(
      JSON.stringify(await gpuCheck(PYTHON).look()),
      /NVIDIA L4, 22000 of 23034 MiB free.*PyTorch can't use it: torch/,
    );
  });
});

describe('an environment from before GPU workers told of CUDA', () => {
  it('is read as it was, since its digest names it', async () => {
    const { cuda: _, ...older } = await describeEnvironment(loadWorkerConfig());
    assert.deepEqual(environment.parse(older), older);
  });
});

describe('the libraries of a GPU worker', () => {
  it('come before others, where set-up has laid them out', () => {
    const variables = { LD_LIBRARY_PATH: '/opt/lib' };
    const { LD_LIBRARY_PATH: found } = withCudaLibraries(variables);
    assert.ok(found === '/opt/lib' || found === `${CUDA_LIBRARIES}:/opt/lib`, found);
  });
});
