/**
 * Compiles the FAISS binding into native/faiss/build/faiss.node: `node scripts/setup/faiss.mjs`.
 *
 * Plain JavaScript without dependencies, since it runs before anything is set up.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { onPath, packagesComplaint } from './debian.mjs';

const run = promisify(execFile);
const require = createRequire(import.meta.url);

const root = fileURLToPath(new URL('../../native/faiss/', import.meta.url));
const addonPath = `${root}build/faiss.node`;
const stampPath = `${root}build/faiss.stamp`;

/**
 * What must be on the machine. With Debian's reference BLAS a flat search is 33 times slower, so the addon is linked
 * against OpenBLAS by name and never against whatever `libblas.so.3` happens to be.
 */
export const FAISS_PACKAGES = [
  { apt: 'g++', isThere: () => onPath('g++') !== undefined },
  { apt: 'libfaiss-dev', isThere: () => inLibraryFolders('libfaiss.a') !== undefined },
  { apt: 'libopenblas0-pthread', isThere: () => inLibraryFolders('openblas-pthread/libopenblas.so.0') !== undefined },
];

/**
 * Builds the addon, or does nothing when the one that is there was made by the same command from the same sources.
 *
 * @param {(line: string) => void} log takes one line of progress at a time; not called when nothing is to be done
 * @returns {Promise<void>}
 * @throws {Error} one sentence with the command to run, when a compiler or library is missing and can't be installed
 *   from here, or what the compiler said
 */
export async function buildFaiss(log) {
  if (process.platform !== 'linux') {
    throw new Error(
      `the FAISS binding builds on Linux only, not on ${process.platform}: use the project's Docker image`,
    );
  }
  await installMissing(log);
  const command = compilerCommand();
  const stamp = digest(command);
  if (existsSync(addonPath) && existsSync(stampPath) && readFileSync(stampPath, 'utf8') === stamp) return;

  log('compiling the FAISS binding (about ten seconds)');
  await mkdir(`${root}build`, { recursive: true });
  const draft = `${root}build/faiss.${process.pid}.node`;
  try {
    await compile([...command, '-o', draft]);
    await checkLoads(draft);
    // The stamp goes first and comes back last: a kill in between leaves an addon that is built again, never a stale one.
    await rm(stampPath, { force: true });
    await rename(draft, addonPath);
    await writeFile(stampPath, stamp);
  } finally {
    await rm(draft, { force: true });
  }
  log('built native/faiss/build/faiss.node');
}

/** @param {(line: string) => void} log */
async function installMissing(log) {
  const missing = FAISS_PACKAGES.filter(({ isThere }) => !isThere()).map(({ apt }) => apt);
  if (missing.length === 0) return;
  const install = ['install', '-y', '--no-install-recommends', ...missing];
  if (onPath('apt-get') === undefined) {
    throw new Error(`the FAISS binding needs ${missing.join(', ')} (Debian's names): install them and run this again`);
  }
  const complaint = packagesComplaint(FAISS_PACKAGES);
  if (complaint !== null) throw new Error(complaint);
  log(`installing ${missing.join(', ')} with apt-get`);
  // Another apt-get may hold the lock: a fresh virtual machine updates itself at boot.
  const apt = ['-o', 'DPkg::Lock::Timeout=300', '-q'];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await run('apt-get', [...apt, 'update'], { env });
    await run('apt-get', [...apt, ...install], { env, maxBuffer: Infinity });
  } catch (cause) {
    throw new Error(`"apt-get ${install.join(' ')}" failed: ${lastLine(cause.stderr)}`, { cause });
  }
}

/** The compiler's whole command line but for the output's name. */
function compilerCommand() {
  const openblas = inLibraryFolders('openblas-pthread/libopenblas.so.0');
  const sources = readdirSync(`${root}src`).filter((name) => name.endsWith('.cc'));
  return [
    ['g++', '-shared', '-fPIC', '-std=c++17', '-O2', '-fopenmp', '-fvisibility=hidden', '-Wall', '-Wextra'],
    ['-DNAPI_VERSION=8', '-DNAPI_CPP_EXCEPTIONS', '-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS'],
    ['-isystem', require('node-api-headers').include_dir, '-isystem', require('node-addon-api').include_dir],
    sources.sort().map((name) => `${root}src/${name}`),
    // Unloading code whose OpenMP and OpenBLAS threads still live would crash the process when a worker thread ends.
    ['-Wl,--exclude-libs,ALL', '-Wl,-z,nodelete', '-Wl,--wrap=_Znwm', '-Wl,--wrap=_Znam', '-Wl,--wrap=posix_memalign'],
    [inLibraryFolders('libfaiss.a'), openblas, `-Wl,-rpath,${openblas.slice(0, openblas.lastIndexOf('/'))}`],
  ].flat();
}

/** sha256 over the command, the sources and the identity of the libraries that are linked in. */
function digest(command) {
  const hash = createHash('sha256').update(JSON.stringify(command));
  for (const name of readdirSync(`${root}src`).sort()) hash.update(name).update(readFileSync(`${root}src/${name}`));
  const { size, mtimeMs } = statSync(inLibraryFolders('libfaiss.a'));
  const { version } = require('node-addon-api/package.json');
  return hash.update(JSON.stringify([size, mtimeMs, version])).digest('hex');
}

async function compile([compiler, ...parameters]) {
  try {
    await run(compiler, parameters, { maxBuffer: Infinity });
  } catch (cause) {
    throw new Error(`the FAISS binding did not compile: ${cause.stderr}`, { cause });
  }
}

/** Loads the addon in a process of its own, with every symbol bound, before it takes the place of the old one. */
async function checkLoads(path) {
  const script = `process.dlopen({ exports: {} }, ${JSON.stringify(path)}, ${constants.dlopen.RTLD_NOW})`;
  try {
    await run(process.execPath, ['-e', script]);
  } catch (cause) {
    throw new Error(`the FAISS binding was built but does not load: ${cause.stderr}`, { cause });
  }
}

/** Full path of a library in the folders where Debian and its kin put them, else undefined. */
function inLibraryFolders(name) {
  const triplet = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }[process.arch];
  return [`/usr/lib/${triplet}`, '/usr/local/lib', '/usr/lib']
    .map((folder) => `${folder}/${name}`)
    .find((path) => existsSync(path));
}

function lastLine(text) {
  return String(text).trim().split('\n').at(-1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildFaiss((line) => console.log(line));
}
