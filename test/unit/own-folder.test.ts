/** Folders of single processes: what a killed one left goes, what is another's stays. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { it, type TestContext } from 'node:test';
import { ownFolder, withOwnFolder } from '../../adapters/files/own-folder.ts';

const OWNER = join(import.meta.dirname, '..', 'fixtures', 'folder-owner.ts');

/** As deep as a state folder may be: the path of a socket may have 107 bytes. */
const newRoot = (): string => join(mkdtempSync(join(tmpdir(), 'veille-own-')), 'state'.repeat(20), 'scratch');

const foldersIn = (root: string): string[] => readdirSync(root).filter((name) => !name.endsWith('.lock'));

async function startOwner(t: TestContext, root: string): Promise<{ owner: ChildProcess; folder: string }> {
  const owner = spawn(process.execPath, ['--import', 'tsx', OWNER, root], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => owner.kill('SIGKILL'));
  const [folder] = (await once(createInterface(owner.stdout), 'line')) as [string];
  return { owner, folder };
}

it('removes what a killed process left, with a trainer that hangs in it, and nothing of a living one', async (t) => {
  const root = newRoot();
  const [killed, living] = await Promise.all([startOwner(t, root), startOwner(t, root)]);
  const cwd = join(killed.folder, 'fine-tune');
  mkdirSync(cwd);
  const trainer = spawn('sleep', ['600'], { cwd });
  const ended = once(trainer, 'exit');
  trainer.kill('SIGSTOP');
  // One that hangs is not dead either.
  living.owner.kill('SIGSTOP');
  killed.owner.kill('SIGKILL');
  await once(killed.owner, 'exit');
  const ours = await ownFolder(root);
  t.after(() => ours.release());
  assert.deepEqual(await ended, [null, 'SIGKILL']);
  assert.deepEqual(foldersIn(root).sort(), [basename(living.folder), basename(ours.path)].sort());
});

it('knows an owner of another machine, or of an earlier boot, by the age of its lock', async () => {
  const root = newRoot();
  mkdirSync(root, { recursive: true });
  const longAgo = new Date(Date.now() - 2 * 3_600_000);
  for (const [name, time] of [
    ['00000000-00000001', longAgo],
    ['00000000-00000002', new Date()],
  ] as const) {
    mkdirSync(join(root, name, 'encoders'), { recursive: true });
    writeFileSync(join(root, `${name}.lock`), '');
    utimesSync(join(root, `${name}.lock`), time, time);
  }
  mkdirSync(join(root, 'of-somebody-else'));
  const seen = await withOwnFolder(root, async (folder) => foldersIn(root).filter((name) => name !== basename(folder)));
  assert.deepEqual(seen.sort(), ['00000000-00000002', 'of-somebody-else']);
});

it('leaves nothing behind once it is released', async () => {
  const root = newRoot();
  await withOwnFolder(root, async (folder) => writeFileSync(join(folder, 'model'), ''));
  assert.deepEqual(readdirSync(root), []);
});
