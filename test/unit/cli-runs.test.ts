/** `veille runs` against a bucket in memory. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { ChampionStore } from '../../adapters/champion/champion-store.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { StoreUnavailableError } from '../../adapters/object-store/store-error.ts';
import { TagStore } from '../../adapters/tags/tag-store.ts';
import { runsCommand } from '../../cli/commands/runs.ts';
import type { ReadRuns } from '../../cli/records/read-runs.ts';
import { RUN_FILES, runFolder } from '../../contracts/run-record.ts';
import { typed } from '../fixtures/bucket-command.ts';
import { candidateOf } from '../fixtures/candidate.ts';
import { fakeGateResult } from '../fixtures/fake-gate.ts';
import { fakeRef } from '../fixtures/fake-ref.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';
import { runRecordOf, storeRecord } from '../fixtures/run-record.ts';

function runs(store: ObjectStore | null, ...args: readonly string[]) {
  return typed((context) => runsCommand(context, () => ({ store })), args);
}

async function listed(store: ObjectStore, ...args: readonly string[]): Promise<string[]> {
  const { out } = await runs(store, '--json', ...args);
  return (JSON.parse(out) as ReadRuns).runs.map(({ workflowId }) => workflowId);
}

/** Three nights: the second was rejected, the first and the third made champions, and the third is tagged and signed. */
async function threeNights(): Promise<MemoryObjectStore> {
  const store = new MemoryObjectStore();
  const champions = new ChampionStore(store);
  for (const day of [22, 23, 24]) {
    const workflowId = `nightly-${day}`;
    const gate = fakeGateResult(null, day === 23 ? 'reject' : 'promote');
    await storeRecord(store, runRecordOf({ workflowId, finishedAt: `2026-11-${day}T02:05:00.000Z`, gate }));
    if (day === 23) continue;
    const expected = (await champions.read())?.entries[0]?.revision ?? null;
    await champions.promote(candidateOf(workflowId), { expected, by: 'gate', note: null, at: new Date() });
  }
  const last = { workflowId: 'nightly-24', runId: 'nightly-24-run' };
  await new TagStore(store).add(last, 'before-reform', { by: 'ada', at: '2026-11-24T09:00:00.000Z', note: null });
  const envelope = { payload: '', payloadType: '', signatures: [{ keyid: 'cafe'.repeat(16), sig: '' }] };
  await store.putIfAbsent(runFolder(last) + RUN_FILES.attestation, Buffer.from(JSON.stringify(envelope)));
  return store;
}

test('without a finished run it says so', async () => {
  assert.deepEqual(await runs(new MemoryObjectStore()), {
    code: 0,
    out: 'There is no finished run in the bucket yet.\n',
    err: '',
  });
});

test('runs are listed newest first, with figures, verdict, champion, signature and tags', async () => {
  const { out, err } = await runs(await threeNights());
  const rows = out.split('\n').filter((line) => line.includes('nightly'));
  const same = ['rows, base', './models/base', fakeRef('rows').sha256.slice(0, 10), '0.5000', '0.7500'];
  assert.deepEqual(
    rows.map((row) => row.trim().split(/ {2,}/)),
    [
      ['★', 'nightly-24', '2026-11-24 02:05:00Z', ...same, 'promote', 'promoted', 'cafecafeca', 'before-reform'],
      ['nightly-23', '2026-11-23 02:05:00Z', ...same, 'reject', 'promoted', 'no'],
      ['☆', 'nightly-22', '2026-11-22 02:05:00Z', ...same, 'promote', 'promoted', 'no'],
    ],
  );
  assert.match(out, /\n3 of 3 finished runs; before and after are nDCG@10\.\n$/);
  assert.equal(err, '');
});

for (const [args, expected] of [
  [['--verdict', 'reject'], ['nightly-23']],
  [['--champion'], ['nightly-24', 'nightly-22']],
  [['--tag', 'before-reform'], ['nightly-24']],
  [['--tag', 'before-reform', '--tag', 'other'], []],
  [['--workflow', 'nightly-22'], ['nightly-22']],
  [
    ['--since', '2026-11-23'],
    ['nightly-24', 'nightly-23'],
  ],
  [
    ['--until', '2026-11-23'],
    ['nightly-23', 'nightly-22'],
  ],
  [['--since', '2026-11-23T02:05', '--until', '2026-11-23T02:05'], ['nightly-23']],
  [['--limit', '1'], ['nightly-24']],
  [['--reverse'], ['nightly-22', 'nightly-23', 'nightly-24']],
  [
    ['--sort', 'verdict'],
    ['nightly-24', 'nightly-22', 'nightly-23'],
  ],
] as const) {
  test(`\`veille runs ${args.join(' ')}\` lists ${expected.join(', ') || 'nothing'}`, async () => {
    assert.deepEqual(await listed(await threeNights(), ...args), expected);
  });
}

test('two runs of one workflow ID are named as a command line takes them', async () => {
  const store = new MemoryObjectStore();
  const runIds = ['0199c5a0-7d3e-7c0a-9a54-3f0f5a1f4c11', '0199c5a0-7d3e-7c0a-9a54-3f0f5a1f4c12'];
  for (const runId of runIds) await storeRecord(store, runRecordOf({ workflowId: 'nightly', runId }));
  const { out } = await runs(store);
  for (const runId of runIds) assert.ok(out.includes(`nightly@${runId}`));
});

test('records that can’t be read are counted beside the list, and are no error', async () => {
  const store = await threeNights();
  const key = 'runs/nightly-23/nightly-23-run/record.json';
  store.damage(key, () => new Uint8Array(Buffer.from('{"schema": 1}')));
  const { code, out, err } = await runs(store, '--json');
  assert.equal(code, 0);
  const { runs: shown, unreadable } = JSON.parse(out) as ReadRuns;
  assert.deepEqual(
    [shown.map(({ workflowId }) => workflowId), unreadable.map((one) => one.key)],
    [['nightly-24', 'nightly-22'], [key]],
  );
  assert.match(err, /^1 record\(s\) can't be read by this version of veille, e\.g\. runs\/nightly-23\/.*: schema: /);
});

test('a time that is none is wrong usage, and a bucket that is away is told', async () => {
  assert.equal((await runs(new MemoryObjectStore(), '--since', 'yesterday')).code, 2);
  assert.equal((await runs(null)).code, 3);
  const store = await threeNights();
  store.failNext('list', new StoreUnavailableError(store.url, 'list', { cause: new Error('ECONNREFUSED') }));
  const { code, err } = await runs(store);
  assert.equal(code, 3);
  assert.match(err, /^The object store .*Check S3_ENDPOINT/);
});
