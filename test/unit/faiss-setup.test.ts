/** The build of the FAISS addon: what is built is not built again. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

test('a second build says and does nothing', async () => {
  const addon = new URL('../../native/faiss/build/faiss.node', import.meta.url);
  const script = fileURLToPath(new URL('../../scripts/setup/faiss.mjs', import.meta.url));
  const before = await stat(addon);
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [script]);
  assert.equal(stdout + stderr, '');
  const { mtimeMs, ino } = await stat(addon);
  assert.deepEqual([mtimeMs, ino], [before.mtimeMs, before.ino]);
});
