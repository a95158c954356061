/** The `veille` command: configuration, program, exit code. Run by veille.mjs. */
import '../workers/exempt-loopback.ts';
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { loadConfig } from './config.ts';
import { createProgram, runProgram } from './program.ts';
import { programParts } from './wiring.ts';

// `veille show X | head` closes the pipe early, which is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
let parts: ReturnType<typeof programParts> | undefined;
const args = process.argv.slice(2);
const create = (): Promise<Command> => createProgram((parts = programParts(loadConfig(), version)), args);
process.exitCode = await runProgram(create, args, process.stderr);
await parts?.close();
