/** The signing of a stored model with the real library: its own command verifies what comes of it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { signModel } from '../../activities/sign-model.ts';
import { activityDeps, runActivity, type TestDeps } from '../fixtures/activity-deps.ts';
import { program, ROOT } from '../fixtures/paths.ts';

const EC = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

function depsWith(python: string): TestDeps {
  const trainer = { python, source: `${ROOT}trainer/src`, threads: 1, environment: {} };
  return { ...activityDeps(), trainer };
}

function write(path: string, key: KeyObject): string {
  writeFileSync(path, key.export({ format: 'pem', type: key.type === 'private' ? 'pkcs8' : 'spki' }));
  return path;
}

async function signed(deps: TestDeps, privateKey: KeyObject): Promise<Uint8Array | null> {
  const model = join(deps.folder, 'model');
  mkdirSync(model);
  writeFileSync(join(model, 'model.onnx'), 'weights');
  writeFileSync(join(model, 'tokenizer.json'), '{}');
  const files = await deps.artifacts.putFolder(model);
  const key = write(join(deps.folder, 'key.pem'), privateKey);
  return runActivity(() => signModel(deps, files, key), null);
}

test("a signed model is verified by the library's own command, from a copy, and nothing is left behind", async () => {
  const deps = depsWith(program('python'));
  const bundle = await signed(deps, EC.privateKey);
  assert.ok(bundle);
  const signature = join(deps.folder, 'model.sig');
  writeFileSync(signature, bundle);
  const key = write(join(deps.folder, 'key.pub.pem'), EC.publicKey);
  const command = ['-m', 'model_signing', 'verify', 'key', '--signature', signature, '--public_key', key];
  const verify = () => promisify(execFile)(program('python'), [...command, join(deps.folder, 'model')]);
  assert.match((await verify()).stdout, /Verification succeeded/);
  writeFileSync(join(deps.folder, 'model', 'model.onnx'), 'weightS');
  await assert.rejects(verify());
  assert.deepEqual(readdirSync(deps.scratch), []);
});

test('a key that the library refuses leaves the model unsigned and does not fail the run', async () => {
  const deps = depsWith(program('python'));
  assert.equal(await signed(deps, generateKeyPairSync('ed25519').privateKey), null);
});

test('a trainer that dies is a failure with its last words, to be tried again', async () => {
  const deps = activityDeps();
  const python = join(deps.folder, 'python');
  writeFileSync(python, '#!/bin/sh\necho "no space left" >&2\nexit 1\n', { mode: 0o755 });
  const trainer = { ...deps.trainer, python };
  await assert.rejects(signed({ ...deps, trainer }, EC.privateKey), /no space left/);
});
