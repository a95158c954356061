#!/usr/bin/env node
/** The `veille` command: runs main.ts through tsx, in this process. */
import { existsSync } from 'node:fs';

if (existsSync(new URL('../node_modules/tsx', import.meta.url))) {
  const { register } = await import('tsx/esm/api');
  register();
  await import('./main.ts');
} else {
  process.stderr.write('veille is not set up yet: run `npm run setup` in its folder.\n');
  process.exitCode = 1;
}
