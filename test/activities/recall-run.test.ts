/** `writeRecord` and `recallRun`: a finished run is remembered by its sources, configuration and code. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ApplicationFailure } from '@temporalio/activity';
import { createRecallRun } from '../../activities/recall-run.ts';
import { stepRecordKey } from '../../adapters/step-records/step-records.ts';
import type { RunIdentity } from '../../contracts/activities.ts';
import type { ArtifactRef } from '../../contracts/artifact.ts';
import { CORRUPT_ARTIFACT } from '../../contracts/failures.ts';
import type { RunResult } from '../../contracts/run-result.ts';
import { RUN_FILES, runFolder, runRecord, type RunRecord } from '../../contracts/run-record.ts';
import { splitResult, type StepOutcome } from '../../contracts/steps.ts';
import { sha256 } from '../../core/canonical.ts';
import { activityDeps, runActivity, type TestDeps } from '../fixtures/activity-deps.ts';
import { candidateOf } from '../fixtures/candidate.ts';
import { finish, GUARDS, identityOf, resultIn, sourceFiles, sourceRef, splitIn } from '../fixtures/finish-run.ts';
import { RECORDED_ENVIRONMENT } from '../fixtures/recorded-environment.ts';

const recall = (deps: TestDeps, identity: RunIdentity): Promise<StepOutcome<RunResult> | null> =>
  runActivity(createRecallRun(deps), identity, 'tuesday');

describe('a finished run', () => {
  it('is recalled with its result, its record and its name', async () => {
    const deps = activityDeps();
    assert.equal(await recall(deps, identityOf()), null);
    const { input, record } = await finish(deps);
    const recalled = await recall(deps, identityOf());
    const artifacts = { ...input.result.artifacts, record };
    assert.deepEqual(recalled?.result, { ...input.result, artifacts });
    assert.deepEqual(recalled.madeBy, { workflowId: 'monday', runId: 'monday-run' });
  });

  it('is recorded without a time stamp where the authority does not answer', async () => {
    const deps = activityDeps();
    const { record } = await finish(deps, {}, 'monday', 'http://127.0.0.1:1/tsa');
    assert.ok(await deps.store.head(record.key));
    assert.equal(await deps.store.head(record.key.replace('record.json', RUN_FILES.timestamp)), null);
  });

  it('is another one with any other source, setting or code', async () => {
    const deps = activityDeps();
    await finish(deps);
    const { sources, ...same } = identityOf();
    const others: RunIdentity[] = [
      { ...same, sources: { ...sources, data: { ...sourceRef('new data'), format: 'parquet' } } },
      { ...same, sources: { ...sources, model: sourceFiles('new model') } },
      { ...same, sources: { ...sources, guards: { civil: { ...sourceRef('new civil'), format: 'csv' } } } },
      { ...same, sources, buildId: 'abcdef012345-0badcafe' },
      identityOf({ training: { seed: 7 } }),
      identityOf({ gate: { ...GUARDS, seed: 7 } }),
      identityOf({ promote: 'manual' }),
    ];
    for (const other of others) assert.equal(await recall(deps, other), null);
  });

  it('is the same one whoever is told of its end, and however long it may take', async () => {
    const deps = activityDeps();
    await finish(deps);
    assert.ok(await recall(deps, identityOf({ notify: 'never', timeoutHours: 2 })));
  });

  it('is walked again when an object of its result is lost, and stands again once that is made again', async () => {
    const deps = activityDeps();
    const { input } = await finish(deps);
    await deps.store.delete([input.result.artifacts['adapter']?.key ?? '']);
    assert.equal(await recall(deps, identityOf()), null);
    assert.match(deps.warnings.join(), /recorded object is missing/);
    await finish(deps, {}, 'tuesday');
    assert.equal((await recall(deps, identityOf()))?.madeBy.workflowId, 'monday');
  });

  it('is judged anew once another champion is there, as after a rollback, and recalled once it has been', async () => {
    const deps = activityDeps();
    const moved = { by: 'Ada', note: null, at: new Date() };
    await deps.champions.promote(candidateOf('first'), { ...moved, expected: null });
    await deps.champions.promote(candidateOf('second'), { ...moved, expected: 1 });
    const result = await resultIn(deps);
    const against = (revision: number) => ({
      result: {
        ...result,
        gate: { ...result.gate, reference: { kind: 'champion' as const, revision, run: candidateOf('x').run } },
      },
    });
    await finish(deps, against(2));
    assert.ok(await recall(deps, identityOf()));
    await deps.champions.rollback(moved);
    assert.equal(await recall(deps, identityOf()), null);
    await finish(deps, against(3), 'tuesday');
    assert.equal((await recall(deps, identityOf()))?.madeBy.workflowId, 'tuesday');
  });

  const damages = {
    'a part': ({ steps }: RunRecord) => splitResult.parse(steps[0]?.result).train.key,
    'a kept step record': ({ steps }: RunRecord) => steps[0]?.record.key ?? '',
    'its history': ({ temporal }: RunRecord) => temporal.history?.key ?? '',
    'its record': (record: RunRecord) => `${runFolder(record)}record.json`,
  };
  for (const [what, keyOf] of Object.entries(damages))
    it(`is not relied on when ${what} is damaged, and the run that is walked then is remembered`, async () => {
      const deps = activityDeps();
      const { record } = await finish(deps);
      const body = Buffer.from(await deps.artifacts.getBytes(record)).toString('utf8');
      const key = keyOf(runRecord.parse(JSON.parse(body)));
      deps.store.flipBit(key, 0);
      assert.equal(await recall(deps, identityOf()), null);
      assert.equal(
        (await deps.store.head(key)) === null,
        key.startsWith('artifacts/'),
        'a file of a run stays as evidence',
      );
      const again = await finish(deps, {}, 'tuesday');
      assert.deepEqual((await recall(deps, identityOf()))?.result.artifacts['record'], again.record);
    });

  it('gives way to the one that was walked after its record was lost', async () => {
    const deps = activityDeps();
    const { record } = await finish(deps);
    await deps.store.delete([record.key]);
    assert.equal(await recall(deps, identityOf()), null);
    const again = await finish(deps, {}, 'tuesday');
    const recalled = await recall(deps, identityOf());
    assert.deepEqual(recalled?.result.artifacts['record'], again.record);
    assert.equal(recalled.madeBy.workflowId, 'tuesday');
  });

  it('is not remembered while its tracking has failed: the next one tries again', async () => {
    const deps = activityDeps();
    const failed = { state: 'failed', error: 'no route to host' } as const;
    const { record } = await finish(deps, { result: { ...(await resultIn(deps)), tracking: failed } });
    assert.ok(await deps.store.head(record.key));
    assert.equal(await recall(deps, identityOf()), null);
  });

  it('is not remembered when nobody has answered for its candidate: the next one asks again', async () => {
    const deps = activityDeps();
    const result = await resultIn(deps);
    await finish(deps, { result: { ...result, promotion: { ...result.promotion, state: 'expired' } } });
    assert.equal(await recall(deps, identityOf()), null);
    await finish(deps, { result: { ...result, promotion: { ...result.promotion, state: 'refused' } } }, 'tuesday');
    assert.equal((await recall(deps, identityOf()))?.result.promotion.state, 'refused', 'a refusal stands');
  });

  it('writes the same bytes when the answer to its record was lost', async () => {
    const deps = activityDeps();
    const first = await finish(deps);
    const bytes = await bytesIn(deps);
    const again = await finish(deps, first.input);
    assert.deepEqual(again.record, first.record);
    assert.deepEqual(await bytesIn(deps), bytes);
  });

  it('does not record a step that says something else by now than the run has worked with', async () => {
    const deps = activityDeps();
    const split = await splitIn(deps);
    const at = stepRecordKey(split.name, split.key);
    const poisoned = { ...split, result: { ...split.result, sharedPassages: 7 } };
    const lost = (key: string) => (error: ApplicationFailure) =>
      error.type === CORRUPT_ARTIFACT && (error.details?.[0] as ArtifactRef | undefined)?.key === key;
    await assert.rejects(finish(deps, { steps: { split: poisoned } }), lost(at));
    assert.ok(await deps.store.head(at), 'the record itself is whole, and stays');
    deps.store.damage(
      at,
      (body) => new Uint8Array(Buffer.from(Buffer.from(body).toString().replace('"rows":3', '"rows":4'))),
    );
    await assert.rejects(finish(deps, { steps: { split } }), lost(at));
  });

  it('keeps what its steps were recorded as, when they are made again later', async () => {
    const deps = activityDeps();
    const { record: ref } = await finish(deps);
    const { steps } = runRecord.parse(JSON.parse(Buffer.from(await deps.artifacts.getBytes(ref)).toString('utf8')));
    const [split] = steps;
    assert.ok(split);
    await deps.store.delete([split.memory]);
    await finish(deps, {}, 'tuesday');
    assert.notEqual(sha256((await deps.store.get(split.memory))?.body ?? ''), split.record.sha256);
    assert.ok(await deps.artifacts.getBytes(split.record));
  });

  it('has its sources, code and everything of the result in its record', async () => {
    const deps = activityDeps();
    const { input, record: ref } = await finish(deps);
    const body = (await deps.store.get(ref.key))?.body ?? new Uint8Array();
    assert.equal(ref.sha256, sha256(body));
    const { sources, config, buildId, ...record } = runRecord.parse(JSON.parse(Buffer.from(body).toString('utf8')));
    assert.deepEqual({ sources, config, buildId }, identityOf());
    const { workflowId, runId, metrics, comparison, gate, promotion, texts, tracking, artifacts } = record;
    assert.deepEqual({ workflowId, runId }, { workflowId: 'monday', runId: 'monday-run' });
    const { preset: _, steps: __, unchangedSince: ___, ...result } = input.result;
    assert.deepEqual({ metrics, comparison, gate, promotion, texts, tracking, artifacts }, result);
    assert.equal(record.temporal.startedBy, 'ada');
    const split = await splitIn(deps);
    const { sha256: digest } = split.result.train;
    const digests = { 'dev.sha256': digest, 'test.sha256': digest, 'train.sha256': digest };
    assert.deepEqual(
      record.steps.map(({ step, name, key, outputs }) => ({ step, name, key, outputs })),
      [{ step: 'split', name: 'split', key: split.key, outputs: digests }],
    );
    assert.deepEqual(Object.values(record.environments), [RECORDED_ENVIRONMENT]);
  });
});

/** Every object's bytes, by key. */
async function bytesIn({ store }: TestDeps): Promise<Record<string, string>> {
  const objects: Record<string, string> = {};
  for (const key of store.keys()) objects[key] = Buffer.from((await store.get(key))?.body ?? []).toString('utf8');
  return objects;
}
