import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { workerEnvironment } from '../../cli/worker-environment.ts';

const LOCAL = { address: '127.0.0.1:7233', uiUrl: 'http://127.0.0.1:8233' };
const LOCAL_FOLDERS = { stateDir: '/state', startedIn: '/work', buildId: 'b1', signingKey: null };
const S3 = {
  endpoint: 'http://127.0.0.1:8333',
  region: 'us-east-1',
  bucket: 'veille',
  accessKeyId: 'local-id',
  secretAccessKey: 'local-secret',
};

test('what the user has for other servers does not reach a worker of the local ones', async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'veille-home-'));
  t.after(() => rm(home, { recursive: true }));
  const profile = join(home, 'temporal.toml');
  await writeFile(profile, '[profile.default]\naddress = "cloud.example:7233"\napi_key = "secret"\n');
  const user = {
    PATH: '/bin',
    TEMPORAL_API_KEY: 'secret',
    TEMPORAL_CONFIG_FILE: profile,
    TEMPORAL_UI_URL: 'https://cloud.example',
    AWS_SESSION_TOKEN: 'token',
  };

  const env = workerEnvironment(user, {
    temporal: LOCAL,
    s3: S3,
    stateDir: '/state',
    startedIn: '/work',
    buildId: 'b1',
    signingKey: null,
  });

  assert.equal(env['PATH'], '/bin');
  assert.equal(env['AWS_ACCESS_KEY_ID'], 'local-id');
  assert.equal(env['AWS_SESSION_TOKEN'], undefined);
  assert.equal(env['VEILLE_STATE_DIR'], '/state');
  assert.equal(env['TEMPORAL_UI_URL'], LOCAL.uiUrl);
  const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: env as Record<string, string> });
  assert.equal(connectionOptions.address, '127.0.0.1:7233');
  assert.equal(connectionOptions.apiKey, undefined);
  assert.equal(namespace, 'default');
});

test('servers of the user stay as the environment names them', () => {
  const user = { TEMPORAL_ADDRESS: 'cloud.example:7233', S3_ENDPOINT: 'https://s3.example', S3_BUCKET: 'mine' };
  const env = workerEnvironment(user, {
    temporal: null,
    s3: null,
    stateDir: '/state',
    startedIn: '/work',
    buildId: 'b1',
    signingKey: null,
  });
  const roots = { VEILLE_DATA_ROOTS: '/work:/state', VEILLE_MODEL_ROOTS: '/work:/state' };
  assert.deepEqual(env, { ...user, ...roots, VEILLE_STATE_DIR: '/state', VEILLE_BUILD_ID: 'b1' });
  const own = { VEILLE_DATA_ROOTS: '/corpora', VEILLE_MODEL_ROOTS: '' };
  const kept = workerEnvironment(own, { ...LOCAL_FOLDERS, temporal: null, s3: null });
  assert.deepEqual([kept['VEILLE_DATA_ROOTS'], kept['VEILLE_MODEL_ROOTS']], ['/corpora:/state', '/work:/state']);
});

test('a worker of the local stack signs with its key, unless the user has another', () => {
  const servers = {
    temporal: LOCAL,
    s3: S3,
    stateDir: '/state',
    startedIn: '/work',
    buildId: 'b1',
    signingKey: '/state/keys/signing.pem',
  };
  assert.equal(workerEnvironment({}, servers)['VEILLE_SIGNING_KEY_FILE'], '/state/keys/signing.pem');
  const blank = workerEnvironment({ VEILLE_SIGNING_KEY: '', VEILLE_SIGNING_KEY_FILE: '' }, servers);
  assert.equal(blank['VEILLE_SIGNING_KEY_FILE'], '/state/keys/signing.pem');
  const own = { VEILLE_SIGNING_KEY: 'a key' };
  assert.equal(workerEnvironment(own, servers)['VEILLE_SIGNING_KEY_FILE'], undefined);
  const file = { VEILLE_SIGNING_KEY_FILE: '/own.pem' };
  assert.equal(workerEnvironment(file, servers)['VEILLE_SIGNING_KEY_FILE'], '/own.pem');
});
