/** The scratch folder of a worker: what a killed one left goes, what is another's stays. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
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

it('makes its root where there is none', async () => {
  const root = join(mkdtempSync(join(tmpdir(), 'veille-scratch-')), 'state', 'scratch');
  await scratchFolder(root);
  assert.ok(existsSync(root));
});
