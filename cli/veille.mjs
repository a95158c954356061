#!/usr/bin/env node
/** The `veille` command: runs main.ts through tsx, in this process. */
import { existsSync, mkdtempSync, rmdirSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

// Warnings of Node and of libraries, such as deprecations, are for those who make this program.
process.removeAllListeners('warning');

const problem = surroundingsProblem();
if (problem !== null) {
  process.stderr.write(`${problem}\n`);
  process.exitCode = EXIT_USAGE;
} else if (existsSync(new URL('../node_modules/tsx', import.meta.url))) {
  const { register } = await import('tsx/esm/api');
  register();
  await import('./main.ts');
} else {
  process.stderr.write('veille is not set up yet: run `npm run setup` in its folder.\n');
  process.exitCode = EXIT_FAILED;
}

/** What tsx and the libraries fail of with a stack trace: found before any of them is loaded. */
function surroundingsProblem() {
  try {
    homedir();
  } catch {
    return 'This user has no home folder: set HOME to a folder that can be written.';
  }
  try {
    rmdirSync(mkdtempSync(join(tmpdir(), 'veille-')));
  } catch ({ code }) {
    return `The folder for temporary files, ${tmpdir()}, can't be written (${code}): set TMPDIR to one that can.`;
  }
  return null;
}
