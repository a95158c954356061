/**
 * Lays out ONNX Runtime's CUDA provider for onnxruntime-node, where there is an NVIDIA driver: `.veille/cuda/lib`.
 *
 * npm's package has no room for it, and its own script fetches one that is checked by no digest. The same release's wheel
 * has it, hash-locked in trainer/requirements-cuda.lock; CUDA itself comes with PyTorch's wheels. A process that has the
 * folder on LD_LIBRARY_PATH loads ONNX Runtime from there, with all that the provider needs but the driver.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, VENV } from './paths.mjs';
import { findPython } from './python-interpreter.mjs';
import { run } from './run.mjs';
import { stampedStep } from './stamp.mjs';
import { findUv } from './uv.mjs';

const LOCK = 'trainer/requirements-cuda.lock';
const FOLDER = join(ROOT, '.veille', 'cuda');
const PROVIDER = 'libonnxruntime_providers_cuda.so';
/** Comes with the driver. */
const DRIVER = 'libcuda.so.1';

const stamped = stampedStep({
  name: 'cuda',
  doing: "laying out ONNX Runtime's CUDA provider (about 300 MB to fetch)",
  needs: ['python'],
  inputs: [LOCK, 'trainer/requirements.lock', 'scripts/setup/cuda.mjs'],
  outputs: [`.veille/cuda/lib/${PROVIDER}`],
  run: layOut,
});

export const cudaStep = { ...stamped, isUpToDate: () => !isWanted() || stamped.isUpToDate() };

/** There is a driver, or an image is built for a machine that has one (VEILLE_CUDA=1). */
function isWanted() {
  const hasDriver = ['/dev/nvidiactl', '/dev/dxg'].some((device) => existsSync(device));
  return process.platform === 'linux' && process.arch === 'x64' && (hasDriver || process.env.VEILLE_CUDA === '1');
}

async function layOut(log) {
  const packages = join(FOLDER, 'packages');
  const uv = await findUv(findPython(), log);
  rmSync(packages, { recursive: true, force: true });
  // Of a wheel only its libraries are used: any Python will do, and this one has wheels of everything.
  const wheels = ['--python-version', '3.12', '--python-platform', 'x86_64-manylinux_2_28', '--only-binary', ':all:'];
  const locked = ['--require-hashes', '--no-deps', '--requirements', LOCK];
  await run('cuda', uv, ['pip', 'install', '--target', packages, ...wheels, ...locked], { log });
  const draft = join(FOLDER, 'lib.draft');
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft);
  for (const [name, path] of librariesOf(packages)) symlinkSync(path, join(draft, name));
  checkComplete(draft);
  rmSync(join(FOLDER, 'lib'), { recursive: true, force: true });
  renameSync(draft, join(FOLDER, 'lib'));
}

/** File names → paths: PyTorch's libraries of CUDA, those of the wheels, and ONNX Runtime by the name it is loaded by. */
function librariesOf(packages) {
  const libraries = new Map();
  for (const root of [sitePackages(), packages]) {
    const nvidia = join(root, 'nvidia');
    for (const name of existsSync(nvidia) ? readdirSync(nvidia) : []) addAll(libraries, join(nvidia, name, 'lib'));
  }
  const runtime = join(packages, 'onnxruntime', 'capi');
  for (const name of readdirSync(runtime)) {
    if (name.startsWith('libonnxruntime_providers_')) libraries.set(name, join(runtime, name));
    if (name.startsWith('libonnxruntime.so.')) libraries.set('libonnxruntime.so.1', join(runtime, name));
  }
  return libraries;
}

function addAll(libraries, folder) {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) if (/\.so(\.|$)/.test(name)) libraries.set(name, join(folder, name));
}

function sitePackages() {
  const lib = join(VENV, 'lib');
  const python = readdirSync(lib).find((name) => name.startsWith('python'));
  return join(lib, python, 'site-packages');
}

/** Only the driver may be missing: everything else would be found out by the first run on the GPU. */
function checkComplete(folder) {
  const env = { ...process.env, LD_LIBRARY_PATH: folder };
  const lines = execFileSync('ldd', [join(folder, PROVIDER)], { env, encoding: 'utf8' }).split('\n');
  const missing = lines
    .filter((line) => line.includes('not found') && !line.includes(DRIVER))
    .map((line) => line.trim());
  if (missing.length > 0) throw new Error(`${PROVIDER} lacks libraries: ${missing.join('; ')}`);
}
