/** Files of the hub: each fetched once, from where it stopped, checked, and never with the token to another origin. */
import assert from 'node:assert/strict';
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { Hub, type HubCommit, type HubOptions } from '../../adapters/hub/hub.ts';
import { refuseAstray } from '../../adapters/hub/hub-fetch.ts';
import { HubUnavailableError } from '../../adapters/hub/hub-error.ts';
import { hubCheck } from '../../cli/doctor/hub.ts';
import { SourceError } from '../../adapters/sources/source-error.ts';
import { sha256 } from '../../core/canonical.ts';
import { until } from '../fixtures/cli-session.ts';
import { FakeHub } from '../fixtures/fake-hub.ts';
import { DATA_FILE, FIRST_COMMIT, legalKit, SECOND_COMMIT } from '../fixtures/hub-repositories.ts';
import { ROOT } from '../fixtures/paths.ts';

const SOURCE = 'hf://datasets/fake/legalkit';
const TOKEN = 'hf_secret';

let fake: FakeHub;
let data: Uint8Array;
let cache: string;

before(async () => {
  const open = await legalKit(200);
  const gated = { ...(await legalKit(200)), repository: 'datasets/fake/gated', gatedBy: TOKEN };
  fake = await FakeHub.start(open, gated);
  data = open.commits[SECOND_COMMIT]?.[DATA_FILE] ?? assert.fail();
  cache = await mkdtemp(join(tmpdir(), 'veille-hub-'));
});
after(async () => {
  await fake.stop();
  await rm(cache, { recursive: true, force: true });
});
afterEach(async () => {
  fake.fault = () => null;
  fake.redirect = () => null;
  fake.saysCloudfront = false;
  fake.requests.length = 0;
  await rm(cache, { recursive: true, force: true });
});

function hub(options: Partial<HubOptions> = {}): Hub {
  return new Hub({ endpoint: fake.endpoint, token: null, offline: false, cache, ...options });
}

function commitOf(source = SOURCE, options: Partial<HubOptions> = {}): Promise<HubCommit> {
  return hub(options).commit({ source, field: 'data.source' });
}

/** Local path of the data file. */
async function fetched(source = SOURCE, options: Partial<HubOptions> = {}): Promise<string> {
  const commit = await commitOf(source, options);
  const file = commit.files.find(({ path }) => path === DATA_FILE) ?? assert.fail();
  return hub(options).file(commit, file);
}

function refused(pattern: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof SourceError, String(error));
    assert.match(error.message, pattern);
    assert.doesNotMatch(error.message, new RegExp(TOKEN));
    return true;
  };
}

function unavailable(pattern: RegExp, retryAfter: number | null = null) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof HubUnavailableError, String(error));
    assert.match(error.message, pattern);
    assert.equal(error.retryAfter, retryAfter);
    return true;
  };
}

describe('a revision', () => {
  it('becomes the commit that it is now, with every file of its pages', async () => {
    const commit = await commitOf();
    assert.deepEqual([commit.commit, commit.license], [SECOND_COMMIT, 'cc-by-4.0']);
    assert.deepEqual(
      commit.files.map(({ path }) => path),
      ['.gitattributes', 'README.md', DATA_FILE],
    );
    assert.deepEqual(
      commit.files.map((file) => file.sha256),
      [null, null, sha256(data)],
    );
    assert.equal((await commitOf(`${SOURCE}@v1.0`)).commit, FIRST_COMMIT);
    assert.equal((await commitOf(`${SOURCE}@${FIRST_COMMIT}`)).commit, FIRST_COMMIT);
  });

  it('is refused by name where it, its repository or access to it is missing', async () => {
    await assert.rejects(
      commitOf(`${SOURCE}@v9`),
      refused(/^data\.source .*@v9 names a revision that .* does not have/),
    );
    await assert.rejects(
      commitOf('hf://datasets/fake/none'),
      refused(/none is not to be found at .*if it is private, set HF_TOKEN/),
    );
    await assert.rejects(
      commitOf('hf://datasets/fake/none', { token: 'hf_other' }),
      refused(/whether HF_TOKEN is valid/),
    );
    await assert.rejects(
      commitOf('hf://datasets/fake/gated'),
      refused(/is gated: accept its conditions at .*datasets\/fake\/gated and set HF_TOKEN/),
    );
    await assert.rejects(
      commitOf('hf://datasets/fake/gated', { token: 'hf_other' }),
      refused(/the HF_TOKEN of an account that has/),
    );
    await assert.rejects(commitOf('hf://datasets/'), refused(/is no address of the hub: write hf:\/\/datasets/));
    assert.equal((await commitOf('hf://datasets/fake/gated', { token: TOKEN })).commit, SECOND_COMMIT);
  });

  it('is asked for again only while it can move', async () => {
    await commitOf(`${SOURCE}@${FIRST_COMMIT}`);
    fake.requests.length = 0;
    await commitOf(`${SOURCE}@${FIRST_COMMIT}`);
    assert.equal(fake.requests.length, 0);
    await commitOf();
    assert.ok(fake.requests.length > 0);
  });
});

describe('a file', () => {
  it('is fetched once and found again by its digest', async () => {
    const path = await fetched();
    assert.deepEqual(new Uint8Array(await readFile(path)), data);
    assert.match(await readlink(path), /^\.\.\/\.\.\/\.\.\/blobs\/[0-9a-f]{64}$/);
    fake.requests.length = 0;
    assert.equal(await fetched(), path);
    assert.deepEqual(fake.fileRequests(), []);
    await writeFile(path, 'damaged');
    assert.deepEqual(new Uint8Array(await readFile(await fetched())), data);
  });

  it('goes on from where the connection broke', async () => {
    const cuts = [data.length >> 2, data.length >> 2];
    fake.fault = ({ on, range }) =>
      on === 'files' && range !== 'bytes=0-0' && cuts.length > 0 ? { cutAfter: cuts.pop()! } : null;
    const starts = [0];
    for (let attempt = 0; attempt < 2; attempt++) {
      await assert.rejects(fetched(), unavailable(/is not reachable/));
      starts.push((await partialBytes()) ?? 0);
    }
    assert.deepEqual(new Uint8Array(await readFile(await fetched())), data);
    // What fetch had not handed on when the connection broke may be lost, but not everything each time.
    assert.ok((starts.at(-1) ?? 0) > 0);
    assert.deepEqual(
      fake.fileRequests().flatMap(({ on, range }) => (on === 'files' ? [range] : [])),
      starts.map((start) => `bytes=${start}-`),
    );
  });

  it('goes on from where a killed process was', async (t) => {
    fake.fault = ({ on, range }) => (on === 'files' && range !== 'bytes=0-0' ? { stallAfter: data.length >> 1 } : null);
    const child = fork(`${ROOT}test/fixtures/fetch-from-hub.ts`, [fake.endpoint, cache, SOURCE, DATA_FILE], {
      execArgv: ['--import', 'tsx'],
      stdio: 'ignore',
    });
    await until(t, async () => (await partialBytes()) === data.length >> 1);
    child.kill('SIGKILL');
    await once(child, 'exit');
    fake.fault = () => null;
    fake.requests.length = 0;
    // The dead process's lock is respected for as long as it might be alive.
    await until(t, async () => {
      try {
        return (await readFile(await fetched())).equals(data);
      } catch (error) {
        assert.ok(unavailable(/is being downloaded by another process/)(error));
        return false;
      }
    });
    assert.deepEqual(
      fake.fileRequests().flatMap(({ on, range }) => (on === 'files' ? [range] : [])),
      [`bytes=${data.length >> 1}-`],
    );
  });

  it('is not taken with other bytes than the hub has named', async () => {
    fake.fault = ({ on, range }) => (on === 'files' && range !== 'bytes=0-0' ? { wrongBytes: true } : null);
    await assert.rejects(fetched(), /came with other bytes than the hub has named for it, and was removed/);
    assert.equal(await partialBytes(), null);
    fake.fault = () => null;
    assert.deepEqual(new Uint8Array(await readFile(await fetched())), data);
  });

  it('waits as long as the hub asks', async () => {
    fake.fault = () => ({ status: 429, retryAfter: '7' });
    await assert.rejects(fetched(), unavailable(/answers 429/, 7_000));
    fake.fault = () => ({ status: 503 });
    await assert.rejects(fetched(), unavailable(/answers 503/));
  });

  it('is stopped by a signal', async (t) => {
    fake.fault = ({ on, range }) => (on === 'files' && range !== 'bytes=0-0' ? { stallAfter: 10 } : null);
    const stop = new AbortController();
    const commit = await hub().commit({ source: SOURCE, field: 'data.source', signal: stop.signal });
    const stopped = hub().file(commit, commit.files.at(-1) ?? assert.fail());
    await until(t, async () => (await partialBytes()) === 10);
    stop.abort(new Error('enough'));
    await assert.rejects(stopped, /enough/);
  });

  it('is asked for at another origin without the token', async () => {
    await fetched('hf://datasets/fake/gated', { token: TOKEN });
    const elsewhere = fake.requests.filter(({ on }) => on === 'files');
    assert.ok(elsewhere.length > 0);
    assert.ok(elsewhere.every(({ authorization }) => authorization === undefined));
    assert.ok(
      fake.requests.filter(({ on }) => on === 'hub').every(({ authorization }) => authorization === `Bearer ${TOKEN}`),
    );
  });

  it('is asked for without the token also where the hub and its library name that other origin themselves', async () => {
    const sentElsewhere = () => fake.requests.filter(({ on }) => on === 'files').map((asked) => asked.authorization);
    fake.saysCloudfront = true;
    await fetched('hf://datasets/fake/gated', { token: TOKEN });
    assert.ok(sentElsewhere().length > 1);
    assert.deepEqual([...new Set(sentElsewhere())], [undefined]);
    // Every request is sent on, listings too, and every file.
    fake.requests.length = 0;
    await rm(cache, { recursive: true });
    fake.redirect = ({ on, url }) => (on === 'hub' ? `${fake.files}${url}` : null);
    await fetched('hf://datasets/fake/gated', { token: TOKEN });
    assert.ok(sentElsewhere().length > 3);
    assert.deepEqual([...new Set(sentElsewhere())], [undefined]);
  });

  it('is not asked for where a redirect leads to an unencrypted address, in circles, or to no address', async () => {
    for (const [location, why] of [
      ['ftp://127.0.0.1/file', /not encrypted/],
      ['file:///etc/passwd', /not encrypted/],
      ['http://', /no address/],
      [`${fake.endpoint}/again`, /on and on, 20 times/],
    ] as const) {
      fake.redirect = () => location;
      await assert.rejects(fetched(), refused(why));
    }
  });

  it('is not asked for within the own network, unless the hub is there itself', async () => {
    const asking = { field: 'data.source', source: SOURCE, repository: 'fake/legalkit', hasToken: true };
    const known: Readonly<Record<string, string>> = { 'hub.example': '93.184.216.34', 'rebound.example': '10.1.2.3' };
    const resolve = async (host: string) => [known[host] ?? host];
    const go = (target: string, endpoint = 'https://hub.example') =>
      refuseAstray(new URL(target), { ...asking, endpoint }, resolve);
    for (const host of ['127.0.0.1', '169.254.169.254', '192.168.1.1', '[::1]', '[fd00::1]', '[::ffff:10.0.0.1]'])
      await assert.rejects(go(`https://${host}/latest/meta-data`), refused(/within the worker's own network/));
    await assert.rejects(go('https://rebound.example/'), refused(/within the worker's own network/));
    await assert.rejects(go('http://93.184.216.35/'), refused(/not encrypted/));
    await go('https://93.184.216.35/');
    await go('http://10.1.2.4/', 'http://10.1.2.3');
  });
});

describe('the cache', () => {
  it('does offline with what it has, and says what it lacks', async () => {
    const path = await fetched();
    fake.requests.length = 0;
    assert.equal(await fetched(SOURCE, { offline: true }), path);
    await assert.rejects(fetched(`${SOURCE}@v1.0`, { offline: true }), refused(/HF_HUB_OFFLINE forbids to fetch it/));
    await writeFile(path, 'damaged');
    await assert.rejects(fetched(SOURCE, { offline: true }), refused(/or not whole, and HF_HUB_OFFLINE/));
    assert.equal(fake.requests.length, 0);
  });

  it("is one with that of huggingface_hub, in Python's direction and in ours", async () => {
    const ours = await commitOf();
    for (const file of ours.files) await hub().file(ours, file);
    const snapshot = join(cache, 'datasets--fake--legalkit', 'snapshots', SECOND_COMMIT);
    assert.equal(await snapshotByPython({ HF_HUB_OFFLINE: '1' }), snapshot);
    await rm(cache, { recursive: true });
    assert.equal(await snapshotByPython({}), snapshot);
    fake.requests.length = 0;
    assert.equal(await fetched(SOURCE, { offline: true }), join(snapshot, DATA_FILE));
    const laidOut = await commitOf(SOURCE, { offline: true });
    assert.deepEqual(
      laidOut.files.map(({ path, bytes }) => [path, bytes]),
      ours.files.map(({ path, bytes }) => [path, bytes]),
    );
    assert.equal(await fetched(), join(snapshot, DATA_FILE));
    assert.deepEqual(fake.fileRequests(), []);
  });
});

describe('the doctor', () => {
  const look = (options: Partial<HubOptions>): Promise<unknown> =>
    Promise.resolve(hubCheck({ endpoint: fake.endpoint, token: null, offline: false, cache, ...options }).look());

  it('says whether the hub answers, and to whom', async () => {
    assert.match(String(await look({})), /^http:\S+, anonymous; cache /);
    assert.match(String(await look({ token: TOKEN })), /, with a token; cache /);
    assert.match(String(await look({ offline: true })), /^offline \(HF_HUB_OFFLINE\)/);
    assert.match(JSON.stringify(await look({ token: 'hf_other' })), /answers 401/);
    assert.match(JSON.stringify(await look({ endpoint: 'http://127.0.0.1:9' })), /is not reachable/);
  });
});

/** As Python's library finds or fetches it. */
async function snapshotByPython(variables: NodeJS.ProcessEnv): Promise<string> {
  const script = 'from huggingface_hub import snapshot_download as s; print(s("fake/legalkit", repo_type="dataset"))';
  const env = {
    ...process.env,
    HF_ENDPOINT: fake.endpoint,
    HF_HUB_CACHE: cache,
    HF_HUB_DISABLE_XET: '1',
    ...variables,
  };
  const { stdout } = await promisify(execFile)(`${ROOT}trainer/.venv/bin/python`, ['-c', script], { env });
  return stdout.trim();
}

/** Bytes of the one partial file; null where there is none. */
async function partialBytes(): Promise<number | null> {
  const folder = join(cache, 'datasets--fake--legalkit', 'blobs');
  const names = await readdir(folder).catch(() => []);
  const partial = names.find((name) => name.endsWith('.incomplete'));
  return partial === undefined ? null : (await readFile(join(folder, partial))).length;
}
