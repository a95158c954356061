/** The tests of what versions of Node do otherwise, on each version that people have. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { HAS_NODES, otherNodes } from '../setup/nodes.mjs';
import { ROOT } from '../setup/paths.mjs';

/**
 * Native modules, threads and the ends of processes; files and links; streams and requests; child processes. A few
 * seconds a version: what is computed is the same in all of them.
 */
const TESTS = [
  'artifact-store',
  'code-digests',
  'encoder-session',
  'faiss-lifetime',
  'faiss-stored',
  'local-cache',
  'own-folder',
  'process-tree',
  'run-in-thread',
  'stall-watch',
].map((name) => join('test', 'unit', `${name}.test.ts`));

if (!HAS_NODES) {
  process.stdout.write(`skipped: npm has no packages of Node for ${process.platform} on ${process.arch}\n`);
} else if (start(process.execPath, ['scripts/setup/main.mjs', 'nodes'])) {
  for (const node of otherNodes()) {
    start(node, ['--version']);
    start(node, ['--import', 'tsx', '--test', '--test-reporter=dot', ...TESTS]);
  }
}

/** @returns {boolean} whether it went well; the exit code says so too */
function start(command, args) {
  const { status, signal } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) {
    process.stdout.write(`${command} ${args[0]}: ${signal ?? `exit ${status}`}\n`);
    process.exitCode = 1;
  }
  return status === 0;
}
