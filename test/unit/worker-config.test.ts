/** What the environment of a worker may say. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { inspect } from 'node:util';
import { Webhook } from '../../adapters/webhook/webhook.ts';
import { keyId } from '../../provenance/keys.ts';
import { loadWorkerConfig } from '../../workers/config.ts';
import { parseEnvironment } from '../../workers/environment.ts';
import { trustedKeysOf } from '../../workers/signing-key.ts';

const load = (variables: NodeJS.ProcessEnv) => loadWorkerConfig({ VEILLE_BUILD_ID: 'b1', ...variables });

test('a build is taken as it is named, and deployed by itself unless the environment says otherwise', () => {
  const { buildId, deploy, uiUrl, webhookUrl } = load({});
  assert.deepEqual(
    { buildId, deploy, uiUrl, webhookUrl },
    { buildId: 'b1', deploy: 'auto', uiUrl: null, webhookUrl: null },
  );
  assert.equal(load({ VEILLE_DEPLOY: 'manual' }).deploy, 'manual');
  assert.match(loadWorkerConfig({}).buildId, /^([0-9a-f]{12}(-[0-9a-f]{8})?|source-[0-9a-f]{12})$/);
});

test('what is wrong is named, and an address that is a secret is not quoted', () => {
  assert.throws(() => load({ VEILLE_BUILD_ID: 'a build' }), /VEILLE_BUILD_ID: must be 1 to 128 letters/);
  assert.throws(() => load({ VEILLE_DEPLOY: 'never' }), /VEILLE_DEPLOY: /);
  assert.throws(
    () => load({ VEILLE_WEBHOOK_URL: 'ftp://hooks.example/T0/secret' }),
    (error: Error) => /VEILLE_WEBHOOK_URL: /.test(error.message) && !error.message.includes('secret'),
  );
});

test('the trainer is not told the webhook, and the UI’s address ends without a slash', () => {
  const { trainer, uiUrl } = load({
    VEILLE_WEBHOOK_URL: 'https://hooks.example/T0',
    TEMPORAL_UI_URL: 'https://ui.example/',
  });
  assert.ok(!JSON.stringify(trainer).includes('hooks.example'));
  assert.equal(uiUrl, 'https://ui.example');
});

test('a webhook does not show its address to whoever prints it', () => {
  const webhook = new Webhook('https://hooks.example/T0/secret');
  assert.ok(!`${inspect(webhook, { depth: null })}${JSON.stringify(webhook)}`.includes('hooks.example'));
});

test('a signing key is read from its variable or its file, and is neither told to the trainer nor shown', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'veille-config-'));
  t.after(() => rm(folder, { recursive: true }));
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const file = join(folder, 'signing.pem');
  await writeFile(file, pem);
  const config = load({ VEILLE_SIGNING_KEY: pem.replaceAll('\n', '\\n') });
  assert.ok(config.signingKey);
  assert.deepEqual(
    load({ VEILLE_SIGNING_KEY_FILE: file }).signingKey?.export({ format: 'jwk' }),
    config.signingKey.export({ format: 'jwk' }),
  );
  assert.ok(!`${inspect(config, { depth: null })}${JSON.stringify(config)}`.includes(pem.split('\n')[1] ?? ''));
  assert.equal(load({ VEILLE_SIGNING_KEY: '', VEILLE_SIGNING_KEY_FILE: '' }).signingKey, null);
  assert.throws(
    () => load({ VEILLE_SIGNING_KEY: pem, VEILLE_SIGNING_KEY_FILE: file }),
    /VEILLE_SIGNING_KEY and .*_FILE are both set/,
  );
  assert.throws(
    () => load({ VEILLE_SIGNING_KEY_FILE: join(folder, 'none.pem') }),
    /VEILLE_SIGNING_KEY_FILE, .*none\.pem, can't be read/,
  );
  assert.throws(() => load({ VEILLE_MODEL_SIGNING_KEY_FILE: file }), /P-256.*openssl ecparam/);
});

test('those are trusted whose public keys are named, and who signs here', () => {
  const pair = () => generateKeyPairSync('ed25519');
  const [signing, colleague, other] = [pair(), pair(), pair()];
  const publicPem = [colleague, other]
    .map(({ publicKey }) => publicKey.export({ type: 'spki', format: 'pem' }))
    .join('');
  const privatePem = signing.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const trusted = trustedKeysOf(parseEnvironment({ VEILLE_SIGNING_KEY: privatePem, VEILLE_PUBLIC_KEY: publicPem }));
  assert.deepEqual(
    trusted.map(keyId),
    [colleague, other, signing].map(({ publicKey }) => keyId(publicKey)),
  );
  assert.ok(trusted.every(({ type }) => type === 'public'));
  assert.deepEqual(trustedKeysOf(parseEnvironment({})), []);
});
