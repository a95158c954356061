/** Step records: what is recalled is what a trusted worker recorded, to the last digit. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import { stepRecordKey, StepRecords } from '../../adapters/step-records/step-records.ts';
import type { StepRecord } from '../../contracts/steps.ts';
import { canonicalJson } from '../../core/canonical.ts';
import { publicHalf } from '../../provenance/keys.ts';
import { sealState, sealStep, type SealOptions, StepSeals } from '../../provenance/step-seal.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';
import { RECORDED_ENVIRONMENT } from '../fixtures/recorded-environment.ts';
import { stepRecordOf } from '../fixtures/retention-objects.ts';

const newKey = (): KeyObject => generateKeyPairSync('ed25519').privateKey;
const OURS = newKey();
const THEIRS = newKey();

const RECORD: StepRecord = { ...stepRecordOf(1), result: { metrics: { 'retrieval/nDCG@10': 0.7582 } } };
const AT = stepRecordKey(RECORD.name, RECORD.key);

/** A bucket as a worker with these keys sees it. */
function worker(store: MemoryObjectStore, options: Partial<SealOptions> = {}) {
  const warnings: string[] = [];
  const signer = options.signer ?? null;
  const keys = signer ? [publicHalf(signer)] : [];
  const seals = new StepSeals({ signer, keys, acceptUnsigned: false, ...options });
  const warn = (message: string): void => void warnings.push(message);
  const records = new StepRecords(new ArtifactStore(store, ''), RECORDED_ENVIRONMENT, seals, warn);
  return {
    warnings,
    record: (record = RECORD) => records.record(record, z.unknown()),
    recall: () => records.recall(RECORD.name, RECORD.key, z.unknown()),
  };
}

const stored = async (store: MemoryObjectStore): Promise<StepRecord> =>
  JSON.parse(Buffer.from((await store.get(AT))?.body ?? []).toString('utf8')) as StepRecord;

function write(store: MemoryObjectStore, record: unknown): void {
  store.damage(AT, () => new Uint8Array(Buffer.from(canonicalJson(record))));
}

/** The document with one leaf changed, as an attacker or a bad disk would: one for each leaf. */
function* forgeries(document: unknown): Generator {
  if (Array.isArray(document))
    for (const [at, child] of (document as unknown[]).entries())
      for (const forged of forgeries(child)) yield (document as unknown[]).with(at, forged);
  else if (typeof document === 'object' && document !== null)
    for (const [name, child] of Object.entries(document))
      for (const forged of forgeries(child)) yield { ...document, [name]: forged };
  else if (typeof document === 'number') yield document + 1;
  else if (typeof document === 'boolean') yield !document;
  else if (typeof document === 'string') yield `${document.startsWith('0') ? '1' : '0'}${document.slice(1)}`;
}

describe('a step record', () => {
  it('is taken by the worker that made it, and by one that trusts its key', async () => {
    const store = new MemoryObjectStore();
    await worker(store, { signer: OURS }).record();
    for (const other of [
      worker(store, { signer: OURS }),
      worker(store, { signer: THEIRS, keys: [publicHalf(OURS)] }),
    ]) {
      assert.deepEqual((await other.recall())?.result, RECORD.result);
      assert.deepEqual(other.warnings, []);
    }
  });

  for (const [who, signer] of [
    ['with a key', OURS],
    ['without keys', null],
  ] as const)
    it(`is not taken by a worker ${who} once any leaf of it has changed`, async () => {
      const store = new MemoryObjectStore();
      const one = worker(store, { signer });
      await one.record();
      const whole = await stored(store);
      let count = 0;
      for (const forged of forgeries(whole)) {
        write(store, forged);
        assert.equal(await one.recall(), null, canonicalJson(forged));
        count++;
      }
      assert.ok(count > 15, `${count} leaves`);
      write(store, whole);
      assert.ok(await one.recall());
    });

  it('is not taken from whoever may write the bucket: unsigned, signed with a strange key, or with a stolen signature', async () => {
    const poisoned = { ...RECORD, result: { metrics: { 'retrieval/nDCG@10': 1 } } };
    const { seal } = sealStep(RECORD, OURS);
    const digestOfPoisoned = sealStep(poisoned, null).seal;
    assert.ok(seal?.signature && digestOfPoisoned);
    const cases: [RegExp, unknown][] = [
      [/is not signed/, poisoned],
      [/is not signed/, sealStep(poisoned, null)],
      [/with a key that is not trusted/, sealStep(poisoned, THEIRS)],
      [/is damaged/, { ...poisoned, seal }],
      [/is forged/, { ...poisoned, seal: { ...digestOfPoisoned, signature: seal.signature } }],
    ];
    for (const [why, forged] of cases) {
      const store = new MemoryObjectStore();
      const one = worker(store, { signer: OURS });
      await one.record();
      write(store, forged);
      assert.equal(await one.recall(), null);
      assert.match(one.warnings.join(), why);
    }
  });

  it('is replaced by the worker that computes its step again, and taken from then on', async () => {
    const store = new MemoryObjectStore();
    await worker(store).record({ ...RECORD, result: 'poisoned' });
    const one = worker(store, { signer: OURS });
    assert.deepEqual((await one.record()).result, RECORD.result);
    assert.deepEqual((await one.recall())?.result, RECORD.result);
  });

  it('of a version that sealed none is taken without keys, and where unsigned ones are accepted', async () => {
    const store = new MemoryObjectStore();
    await worker(store).record();
    const { seal: _, ...old } = await stored(store);
    write(store, old);
    assert.ok(await worker(store).recall());
    assert.ok(await worker(store, { signer: OURS, acceptUnsigned: true }).recall());
    assert.equal(await worker(store, { signer: OURS }).recall(), null);
  });

  it('that is damaged is not taken where unsigned ones are accepted, and one that is signed is taken without keys', async () => {
    const store = new MemoryObjectStore();
    await worker(store, { signer: OURS }).record();
    assert.ok(await worker(store).recall());
    write(store, { ...(await stored(store)), seconds: 12_345 });
    assert.equal(await worker(store, { signer: OURS, acceptUnsigned: true }).recall(), null);
  });

  it('says of itself how far it is proved', () => {
    const signed = sealStep(RECORD, OURS);
    const keys = [publicHalf(OURS)];
    assert.equal(sealState(signed, keys), 'signed');
    assert.equal(sealState(signed, [publicHalf(THEIRS)]), 'unknown-key');
    assert.equal(sealState(sealStep(RECORD, null), keys), 'unsigned');
    assert.equal(sealState(RECORD, keys), 'none');
    assert.equal(sealState({ ...RECORD, seal: 'none' }, keys), 'damaged');
  });
});
