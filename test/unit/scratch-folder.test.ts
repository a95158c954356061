/** The scratch folder of a worker: what a killed one left goes, what is another's stays. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { scratchFolder } from '../../workers/scratch-folder.ts';

it('removes what a dead process of this machine left, and nothing else', async () => {
  const root = mkdtempSync(join(tmpdir(), 'veille-scratch-'));
  const dead = spawnSync(process.execPath, ['--version']).pid;
  const kept = [`${hostname()}-${process.ppid}`, 'elsewhere-1', 'search-abc'];
  for (const name of [`${hostname()}-${dead}`, ...kept]) mkdirSync(join(root, name, 'fine-tune'), { recursive: true });
  const ours = await scratchFolder(root);
  assert.deepEqual(readdirSync(root).sort(), kept.sort());
  assert.equal(ours, join(root, `${hostname()}-${process.pid}`));
});

it('ends a trainer that a dead worker has left, hung as it is', async () => {
  const root = mkdtempSync(join(tmpdir(), 'veille-scratch-'));
  const dead = spawnSync(process.execPath, ['--version']).pid;
  const cwd = join(root, `${hostname()}-${dead}`, 'fine-tune');
  mkdirSync(cwd, { recursive: true });
  const trainer = spawn('sleep', ['600'], { cwd });
  const ended = once(trainer, 'exit');
  trainer.kill('SIGSTOP');
  await scratchFolder(root);
  assert.deepEqual(await ended, [null, 'SIGKILL']);
});

it('makes its root where there is none', async () => {
  const root = join(mkdtempSync(join(tmpdir(), 'veille-scratch-')), 'state', 'scratch');
  await scratchFolder(root);
  assert.ok(existsSync(root));
});
