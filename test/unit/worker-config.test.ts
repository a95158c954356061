/** What the environment of a worker may say. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { inspect } from 'node:util';
import { Webhook } from '../../adapters/webhook/webhook.ts';
import { loadWorkerConfig } from '../../workers/config.ts';

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
