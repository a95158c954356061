/** `writeRecord` for a candidate that is promoted: its record and the champion's move are one commit, wherever it ends. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createReadChampion } from '../../activities/read-champion.ts';
import { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import { ChampionStore } from '../../adapters/champion/champion-store.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { StepRecords } from '../../adapters/step-records/step-records.ts';
import type { RecordInput } from '../../contracts/activities.ts';
import { RUN_FILES, runFolder, runRecord } from '../../contracts/run-record.ts';
import { sha256 } from '../../core/canonical.ts';
import { openEnvelope } from '../../provenance/envelope.ts';
import { KEYLESS_SEALS } from '../../provenance/step-seal.ts';
import { activityDeps, runActivity, type TestDeps } from '../fixtures/activity-deps.ts';
import { candidateOf } from '../fixtures/candidate.ts';
import { recordInput, recordWriter } from '../fixtures/finish-run.ts';
import { RECORDED_ENVIRONMENT } from '../fixtures/recorded-environment.ts';

const RUN = 'monday';

/** Of a candidate that was measured against this revision. */
async function promotion(deps: TestDeps, expected: number | null): Promise<RecordInput> {
  const input = await recordInput(deps);
  const decided = { state: 'promoted', by: 'gate', at: '2026-11-24T02:00:00.000Z', note: null } as const;
  return {
    ...input,
    result: { ...input.result, promotion: { ...decided, revision: (expected ?? 0) + 1 } },
    promote: { candidate: candidateOf(RUN), expected },
  };
}

/**
 * A store whose process dies at its n-th write, before it is made or before its answer: nothing that the process asks
 * afterwards arrives.
 */
function dyingStore(store: ObjectStore, writes: number, isMade: boolean): ObjectStore {
  let left = writes;
  const died = new Error('the worker was killed');
  const write =
    <A extends unknown[], R>(put: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (left <= 0) throw died;
      if (--left > 0) return put(...args);
      if (isMade) await put(...args);
      throw died;
    };
  const read =
    <A extends unknown[], R>(get: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (left <= 0) throw died;
      return get(...args);
    };
  return {
    url: store.url,
    head: read((key) => store.head(key)),
    get: read((key) => store.get(key)),
    getRange: read((key, start, end) => store.getRange(key, start, end)),
    getStream: read((key) => store.getStream(key)),
    putIfAbsent: write((key, body) => store.putIfAbsent(key, body)),
    putIfMatch: write((key, body, etag) => store.putIfMatch(key, body, etag)),
    delete: write((keys) => store.delete(keys)),
    list: (prefix) => store.list(prefix),
  };
}

function workerOn(deps: TestDeps, objects: ObjectStore): TestDeps {
  const artifacts = new ArtifactStore(objects, deps.folder);
  const records = new StepRecords(artifacts, RECORDED_ENVIRONMENT, KEYLESS_SEALS, () => {});
  return { ...deps, artifacts, records, champions: new ChampionStore(objects) };
}

/** Every champion's record can be read, whole and with its files, and every record of a promotion is that of a champion. */
async function assertProvable({ artifacts, champions, store }: TestDeps): Promise<void> {
  const entries = (await champions.read())?.entries ?? [];
  for (const { run, record, revision } of entries) {
    assert.ok(record);
    const { promotion: told } = runRecord.parse(JSON.parse(Buffer.from(await artifacts.getBytes(record)).toString()));
    assert.equal(told.revision, revision);
    const attestation = openEnvelope(
      (await store.get(`${runFolder(run)}${RUN_FILES.attestation}`))?.body ?? Buffer.of(),
    );
    const { subject } = JSON.parse(attestation.payload.toString('utf8')) as {
      subject: { name: string; digest: { sha256: string } }[];
    };
    for (const { name, digest } of subject.filter((one) => !one.name.includes('/'))) {
      const body = (await store.get(`${runFolder(run)}${name}`))?.body;
      if (name === RUN_FILES.record) assert.equal(digest.sha256, record.sha256);
      else assert.equal(sha256(body ?? ''), digest.sha256, name);
    }
  }
  for (const key of store.keys().filter((one) => one.endsWith(`/${RUN_FILES.record}`))) {
    const body = (await store.get(key))?.body ?? Buffer.of();
    const { promotion: told } = runRecord.parse(JSON.parse(Buffer.from(body).toString('utf8')));
    if (told.state !== 'promoted') continue;
    assert.equal(entries.find(({ revision }) => revision === told.revision)?.record?.sha256, sha256(body));
  }
}

describe('the record of a promotion', () => {
  it('is that of a champion, which names it', async () => {
    const deps = activityDeps();
    const record = await runActivity(recordWriter(deps), await promotion(deps, null), RUN);
    const champion = await runActivity(createReadChampion(deps), undefined);
    assert.equal(champion?.at, '2026-11-24T02:00:00.000Z');
    assert.equal(champion.record?.sha256, record?.sha256);
    await assertProvable(deps);
  });

  for (const isMade of [false, true])
    it(`is whole with its champion, or neither is there, at whichever write the worker dies ${isMade ? 'after' : 'before'} it`, async () => {
      for (let writes = 1; ; writes++) {
        const deps = activityDeps();
        const input = await promotion(deps, null);
        const dying = workerOn(deps, dyingStore(deps.store, writes, isMade));
        const ended = await runActivity(recordWriter(dying), input, RUN).then(
          () => true,
          () => false,
        );
        // Somebody cancels the run: no other attempt is made.
        await assertProvable(deps);
        const next = await runActivity(createReadChampion(deps), undefined, 'tuesday');
        await assertProvable(deps);
        const key = `${runFolder({ workflowId: RUN, runId: `${RUN}-run` })}${RUN_FILES.record}`;
        assert.equal(
          (await deps.store.head(key)) !== null,
          next !== null,
          'the next run finds the champion with its record',
        );
        // Nobody does: the next attempt ends what this one has begun.
        const record = await runActivity(recordWriter(deps), input, RUN);
        assert.equal((await deps.store.head(key))?.sha256, record?.sha256);
        assert.equal((await deps.champions.read())?.entries.length, 1);
        await assertProvable(deps);
        if (ended) {
          assert.ok(writes > 8, `${writes - 1} writes`);
          return;
        }
      }
    });

  it('is not there when the race is lost, and is that of the judgement that follows', async () => {
    const deps = activityDeps();
    const others = { by: 'gate', note: null, at: new Date() };
    await deps.champions.promote(candidateOf('other'), { ...others, expected: null });
    assert.equal(await runActivity(recordWriter(deps), await promotion(deps, null), RUN), null);
    const folder = runFolder({ workflowId: RUN, runId: `${RUN}-run` });
    assert.equal(await deps.store.head(`${folder}${RUN_FILES.record}`), null);
    assert.equal(await deps.store.head(`${folder}${RUN_FILES.history}`), null, 'it lacks what follows');
    const record = await runActivity(recordWriter(deps), await promotion(deps, 1), RUN);
    assert.ok(record);
    const told = runRecord.parse(JSON.parse(Buffer.from(await deps.artifacts.getBytes(record)).toString('utf8')));
    assert.equal(told.promotion.revision, 2);
  });

  it('goes with the model that a rollback brings back', async () => {
    const deps = activityDeps();
    const record = await runActivity(recordWriter(deps), await promotion(deps, null), RUN);
    const others = { by: 'Ada', note: null, at: new Date() };
    await deps.champions.promote(candidateOf('other'), { ...others, expected: 1 });
    const back = await deps.champions.rollback(others);
    assert.equal(back.record?.sha256, record?.sha256);
  });
});
