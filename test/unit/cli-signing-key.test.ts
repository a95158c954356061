/** The local stack's own key pair. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { ensureSigningKey } from '../../cli/stack/signing-key.ts';
import { keyId, parsePrivateKey, parsePublicKeys } from '../../provenance/keys.ts';
import { ROOT } from '../fixtures/paths.ts';

async function stateFolder(t: { after(hook: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'veille-keys-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

test('the pair is made once, for its owner alone, and its halves belong together', async (t) => {
  const stateDir = await stateFolder(t);
  const { privateKey, publicKey } = ensureSigningKey(stateDir);
  const pem = await readFile(privateKey, 'utf8');
  const [trusted] = parsePublicKeys(await readFile(publicKey, 'utf8'), publicKey);
  assert.ok(trusted);
  assert.equal(keyId(trusted), keyId(parsePrivateKey(pem, privateKey)));
  assert.equal((await stat(privateKey)).mode & 0o777, 0o600);
  assert.equal((await stat(dirname(privateKey))).mode & 0o777, 0o700);
  ensureSigningKey(stateDir);
  assert.equal(await readFile(privateKey, 'utf8'), pem);
});

test('processes that start at the same time have the same pair', async (t) => {
  const stateDir = await stateFolder(t);
  const script = `
    import { readFileSync } from 'node:fs';
    import { ensureSigningKey } from './cli/stack/signing-key.ts';
    process.stdout.write(readFileSync(ensureSigningKey(${JSON.stringify(stateDir)}).publicKey));
  `;
  const start = () =>
    promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], { cwd: ROOT });
  const printed = await Promise.all([start(), start(), start()]);
  assert.equal(new Set(printed.map(({ stdout }) => stdout)).size, 1);
});
