/** What stays in a bucket and what is garbage, each reason by itself. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { ChampionStore } from '../../adapters/champion/champion-store.ts';
import { cutoffFor } from '../../adapters/retention/ages.ts';
import { deletionOrder } from '../../adapters/retention/deletion-order.ts';
import { Documents } from '../../adapters/retention/documents.ts';
import { KEEP_ALL, keptByPolicy, type RetentionPolicy } from '../../adapters/retention/policy.ts';
import { survey } from '../../adapters/retention/survey.ts';
import { canonicalJson, digestOf } from '../../core/canonical.ts';
import { candidateOf } from '../fixtures/candidate.ts';
import { fakeRef } from '../fixtures/fake-ref.ts';
import { runRecordOf, storeRecord } from '../fixtures/run-record.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 10, 24);
const NOTHING: RetentionPolicy = { keepLast: 0, keepDays: null };

let clock = NOW;
let store = new MemoryObjectStore();

beforeEach(() => {
  clock = NOW - 30 * DAY_MS;
  store = new MemoryObjectStore(() => clock);
});

async function put(key: string, document: unknown = 'bytes'): Promise<string> {
  await store.putIfAbsent(key, Buffer.from(canonicalJson(document)));
  return key;
}

/** Names of the garbage, for what changed in the last week staying. */
async function garbage(policy = KEEP_ALL): Promise<string[]> {
  const options = { policy, cutoff: NOW - 7 * DAY_MS, now: NOW };
  return (await survey(store, new Documents(store), options)).garbage.map(({ name }) => name);
}

describe('survey', () => {
  it('finds what no document names, of every kind', async () => {
    const artifact = await put(fakeRef('orphan').key);
    const step = await put(`steps/split/${digestOf('key')}.json`, { result: fakeRef('split') });
    await put('embeddings/ab/1.safetensors');
    await put('checkpoints/cd/latest.json');
    await put('runs/failed/1/metrics.jsonl');
    assert.deepEqual(await garbage(), ['runs/failed/1/', step, 'embeddings/ab/', 'checkpoints/cd/', artifact]);
  });

  it('leaves alone what stands elsewhere', async () => {
    await put('notes.txt');
    await put('models/candidates/a');
    assert.deepEqual(await garbage(), []);
  });

  it('keeps all that a record names: files, step records, caches of encoders, and its folder', async () => {
    const record = runRecordOf();
    await storeRecord(store, record);
    const encoder = record.steps.find(({ step }) => step === 'export-tuned')?.outputs['digest'];
    assert.ok(encoder);
    for (const { record: step } of record.steps) await put(step.key);
    for (const { key } of Object.values(record.artifacts)) await put(key);
    await put(`embeddings/${encoder}/1.safetensors`);
    await put(`runs/${record.workflowId}/${record.runId}/fineTune-1-1.log`);
    assert.deepEqual(await garbage(), []);
  });

  it('drops the records that the policy does not keep, and keeps what others share with them', async () => {
    const [older, newer] = [
      runRecordOf({ workflowId: 'older', finishedAt: '2026-10-01T00:00:00.000Z' }),
      runRecordOf({ workflowId: 'newer', finishedAt: '2026-10-02T00:00:00.000Z', input: { training: { seed: 7 } } }),
    ];
    const adapter = async (record: typeof older) => put(record.artifacts['LoRA adapter']?.key ?? '');
    for (const record of [older, newer]) await storeRecord(store, record);
    const own = await adapter(older);
    await adapter(newer);
    await put(older.artifacts['base index (FAISS)']?.key ?? '');
    assert.deepEqual(await garbage({ keepLast: 1, keepDays: null }), ['runs/older/older-run/', own]);
  });

  it('keeps tagged runs whatever the policy says', async () => {
    const record = runRecordOf();
    await storeRecord(store, record);
    const folder = `runs/${record.workflowId}/${record.runId}/`;
    assert.deepEqual(await garbage(NOTHING), [folder]);
    await put(`${folder}tags/before-reform.json`);
    assert.deepEqual(await garbage(NOTHING), []);
  });

  it('keeps every model that was champion, and the run that made it', async () => {
    const record = runRecordOf();
    await storeRecord(store, record);
    const { workflowId, runId } = record;
    const champions = new ChampionStore(store);
    const first = { ...candidateOf('earlier'), run: { workflowId, runId } };
    const needed = [first, candidateOf('later')].flatMap(({ encoder, weights }) => [
      ...encoder.files.files,
      ...weights.files.files,
    ]);
    for (const { key } of needed) await put(key);
    const move = { by: 'gate', note: null, at: new Date(NOW) };
    await champions.promote(first, { ...move, expected: null });
    await champions.promote(candidateOf('later'), { ...move, expected: 1 });
    assert.deepEqual(await garbage(NOTHING), []);
  });

  it('keeps what a recently used step names, a dropped run with all its needs included', async () => {
    const record = runRecordOf();
    await storeRecord(store, record);
    const adapter = await put(record.artifacts['LoRA adapter']?.key ?? '');
    clock = NOW - DAY_MS;
    const key = `runs/${record.workflowId}/${record.runId}/record.json`;
    await put('steps/run/recent.json', { result: { artifacts: { record: { key } } } });
    assert.deepEqual(await garbage(NOTHING), []);
    assert.ok(store.keys().includes(adapter));
  });

  it('keeps the answer of a kept run, and no longer than the run', async () => {
    const record = runRecordOf();
    await storeRecord(store, record);
    const folder = `runs/${record.workflowId}/${record.runId}/`;
    const answer = await put('steps/run/old.json', {
      result: { artifacts: { record: { key: `${folder}record.json` } } },
    });
    assert.deepEqual(await garbage(), []);
    assert.deepEqual(await garbage(NOTHING), [folder, answer]);
  });

  it('keeps a folder of which one object is recent', async () => {
    await put('checkpoints/cd/step-00000001/a/weights');
    await put('embeddings/ab/1.safetensors');
    clock = NOW;
    await put('checkpoints/cd/latest.json');
    await put('embeddings/ab/2.safetensors');
    assert.deepEqual(await garbage(), []);
  });

  it('understands records of other schemas by what they name', async () => {
    const artifact = await put(fakeRef('model').key);
    await put('runs/w/1/record.json', { schema: 99, things: [{ where: artifact }] });
    assert.deepEqual(await garbage(), []);
  });

  it('refuses to judge where a record can not be read, and names it', async () => {
    await store.putIfAbsent('runs/w/1/record.json', Buffer.from('{"schema":'));
    await assert.rejects(garbage(), /runs\/w\/1\/record\.json in s3:\/\/memory is no record/);
  });

  it('lists each prefix once and reads documents alone', async () => {
    for (let number = 0; number < 200; number++) await put(fakeRef(`artifact ${number}`).key);
    await storeRecord(store, runRecordOf());
    store.calls.clear();
    await garbage();
    // The record, and the champions.
    assert.deepEqual(Object.fromEntries(store.calls), { list: 5, get: 2 });
  });
});

describe('keptByPolicy', () => {
  const records = [1, 2, 3, 10].map((days) => ({ name: `${days}d`, finishedAt: NOW - days * DAY_MS }));
  for (const [policy, kept] of [
    [KEEP_ALL, ['1d', '2d', '3d', '10d']],
    [{ keepLast: 2, keepDays: null }, ['1d', '2d']],
    [{ keepLast: null, keepDays: 3 }, ['1d', '2d', '3d']],
    [{ keepLast: 4, keepDays: 1 }, ['1d', '2d', '3d', '10d']],
    [NOTHING, []],
  ] as const)
    it(`keeps ${kept.join(', ') || 'nothing'} by ${JSON.stringify(policy)}`, () => {
      assert.deepEqual([...keptByPolicy(records, policy, NOW)], kept);
    });
});

describe('cutoffFor', () => {
  const HOUR_MS = 3_600_000;

  it('is the age that is asked for', () => {
    assert.equal(cutoffFor(NOW, 7 * DAY_MS, null), NOW - 7 * DAY_MS);
  });

  it('is never within the hours in which nobody touches what is used', () => {
    assert.equal(cutoffFor(NOW, 0, null), NOW - 13 * HOUR_MS);
  });

  it('is before all that the oldest running workflow may hold', () => {
    assert.equal(cutoffFor(NOW, 7 * DAY_MS, NOW - 10 * DAY_MS), NOW - 10 * DAY_MS - 13 * HOUR_MS);
  });
});

describe('deletionOrder', () => {
  it('begins with what names the others, and ends with artifacts', () => {
    const groups = [
      ['runs/a/1/record.json', 'checkpoints/a/latest.json'],
      ['steps/split/1.json'],
      ['runs/a/1/history.json', 'embeddings/a/1.safetensors', 'checkpoints/a/step-1/b/weights'],
      ['artifacts/sha256/ab/ab'],
    ];
    assert.deepEqual(
      deletionOrder(groups.flat().sort()).map((keys) => keys.sort()),
      groups.map((keys) => keys.sort()),
    );
  });
});
