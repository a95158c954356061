/** Makes trainer/.venv from the hash-locked trainer/requirements.lock. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { VENV } from './paths.mjs';
import { findPython } from './python-interpreter.mjs';
import { run } from './run.mjs';
import { digestOf, readText } from './stamp.mjs';
import { canHaveUv, findUv } from './uv.mjs';

const LOCK = 'trainer/requirements.lock';
/** Inside the environment, so that it goes when the environment goes. */
const STAMP = join(VENV, 'veille-stamp.json');
/** There while packages are being written: an environment that has it was left half-made. */
const UNFINISHED = join(VENV, 'veille-unfinished');
const PROGRAMS = ['python', 'ruff', 'temporal', 'weed'];

/** An interpreter that is named is used or complained of, and none is installed beside it. */
const PACKAGES = [
  { apt: 'python3', isThere: () => Boolean(process.env.VEILLE_PYTHON) || interpreter() !== null },
  { apt: 'python3-pip', isThere: () => Boolean(process.env.VEILLE_PYTHON) || canHaveUv(interpreter() ?? 'python3') },
];

export const pythonStep = {
  name: 'python',
  packages: PACKAGES,
  doing: 'making trainer/.venv (the first time, about 3 GB to fetch)',
  needs: [],
  isUpToDate: () => readText(STAMP) === stamp() && PROGRAMS.every((program) => existsSync(join(VENV, 'bin', program))),
  run: async (log) => {
    const python = findPython();
    const uv = await findUv(python, log);
    if (!isSound()) {
      rmSync(VENV, { recursive: true, force: true });
      await run('python', uv, ['venv', '--python', python, VENV], { log });
    }
    const noted = stamp();
    writeFileSync(UNFINISHED, '');
    rmSync(STAMP, { force: true });
    await run('python', uv, ['pip', 'sync', '--require-hashes', '--python', join(VENV, 'bin', 'python'), LOCK], {
      log,
    });
    writeFileSync(STAMP, noted);
    rmSync(UNFINISHED);
  },
};

/** Null where there is none that will do. */
function interpreter() {
  try {
    return findPython();
  } catch {
    return null;
  }
}

/** Names the folder too: programs in an environment hold its absolute path, so a moved clone needs a new one. */
function stamp() {
  return JSON.stringify({ venv: VENV, lock: digestOf([LOCK]) });
}

/** Whether packages can be synchronised into what is there; a dangling `python` means that its Python was removed. */
function isSound() {
  const there = ['pyvenv.cfg', 'bin/python'].every((path) => existsSync(join(VENV, path)));
  const moved = readText(STAMP) !== null && JSON.parse(readText(STAMP)).venv !== VENV;
  return there && !moved && !existsSync(UNFINISHED);
}
