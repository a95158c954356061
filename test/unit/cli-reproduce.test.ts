/** What `veille reproduce` makes of a record, and how it compares one with its reproduction: objects in memory. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import pc from 'picocolors';
import { toJsonLines } from '../../activities/json-lines.ts';
import { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import { CHAMPION_KEY, ChampionStore } from '../../adapters/champion/champion-store.ts';
import { reproductionReport } from '../../cli/render/reproduction-report.ts';
import { compareRuns, type ComparedRun } from '../../cli/reproduce/compare-runs.ts';
import { compareStep, type MeasureObjects } from '../../cli/reproduce/compare-step.ts';
import { rankDifference, weightDifference } from '../../cli/reproduce/measure-objects.ts';
import { recordedInput } from '../../cli/reproduce/recorded-input.ts';
import { seedChampion } from '../../cli/reproduce/seed-champion.ts';
import { championEntry } from '../../contracts/champion.ts';
import { parseRetrainInput } from '../../contracts/parse-input.ts';
import type { StepName } from '../../contracts/progress.ts';
import type { RecordedStep, RunRecord } from '../../contracts/run-record.ts';
import { TOLERANCES } from '../../contracts/tolerances.ts';
import { encodeHeader } from '../../core/safetensors.ts';
import { candidateOf } from '../fixtures/candidate.ts';
import { encoderRefOf } from '../fixtures/encoder-ref.ts';
import { fakeGateResult } from '../fixtures/fake-gate.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';
import { runRecordOf } from '../fixtures/run-record.ts';

const folder = await mkdtemp(join(tmpdir(), 'veille-reproduce-'));
after(() => rm(folder, { recursive: true }));
let caches = 0;
const store = (): ArtifactStore => new ArtifactStore(new MemoryObjectStore(), join(folder, `cache-${caches++}`));

const unmeasured: MeasureObjects = () => assert.fail('no object is to be measured');
const measuring =
  (value: number): MeasureObjects =>
  async () =>
    value;

function stepOf(name: StepName, record: RunRecord = runRecordOf()): RecordedStep {
  return record.steps.find(({ step }) => step === name) ?? assert.fail(`no step ${name}`);
}

/** The step with another result. */
function changed(name: StepName, change: object): RecordedStep {
  const step = stepOf(name);
  return { ...step, result: { ...(step.result as object), ...change } };
}

describe('a step beside its reproduction', () => {
  it('is identical where its result is, whatever else is in the record', async () => {
    const later = { ...stepOf('fine-tune'), startedAt: '2027-01-01T00:00:00.000Z', taken: true };
    const { state, sameKey, differences } = await compareStep(stepOf('fine-tune'), later, unmeasured);
    assert.deepEqual([state, sameKey, differences], ['identical', true, []]);
  });

  for (const [state, value] of [
    ['within', TOLERANCES.embeddings],
    ['different', TOLERANCES.embeddings * 1.01],
  ] as const) {
    it(`with other embeddings is ${state} where they are ${value} apart`, async () => {
      const reproduced = changed('embed-tuned', { embeddingsSha256: 'ab'.repeat(32) });
      const compared = await compareStep(stepOf('embed-tuned'), reproduced, measuring(value));
      assert.equal(compared.state, state);
      assert.deepEqual(compared.measured, [{ measure: 'embeddings', value, tolerance: TOLERANCES.embeddings }]);
    });
  }

  it('with other metrics is measured by the one that is farthest off', async () => {
    const figure = (ndcg: number) => changed('bm25', { metrics: { 'retrieval/nDCG@10': ndcg, n_docs: 6 } });
    const as = (step: RecordedStep): RecordedStep => ({ ...step, name: 'evaluate' });
    const { state, measured } = await compareStep(as(figure(0.5)), as(figure(0.504)), unmeasured);
    assert.equal(state, 'within');
    assert.ok(Math.abs((measured[0]?.value ?? 0) - 0.004) < 1e-12);
    assert.equal((await compareStep(as(figure(0.5)), as(figure(0.51)), unmeasured)).state, 'different');
  });

  it('that computes with whole numbers alone has no tolerance', async () => {
    const { state, untolerated } = await compareStep(
      stepOf('split'),
      changed('split', { sharedPassages: 3 }),
      unmeasured,
    );
    assert.equal(state, 'different');
    assert.deepEqual(untolerated, [{ path: 'sharedPassages', a: 2, b: 3 }]);
  });

  it('with other parameters is different, even with the same result', async () => {
    const other = stepOf('fine-tune', runRecordOf({ input: { training: { seed: 43 } } }));
    const { state, sameKey, untolerated } = await compareStep(
      stepOf('fine-tune'),
      { ...other, result: stepOf('fine-tune').result },
      unmeasured,
    );
    assert.deepEqual([state, sameKey], ['different', false]);
    assert.deepEqual(untolerated, [{ path: 'parameters.training.seed', a: 42, b: 43 }]);
  });

  it('another verdict is different, and other figures of the same verdict are measured', async () => {
    const judged = (gate: object): RecordedStep => ({ ...stepOf('judge'), result: gate });
    const promote = judged(fakeGateResult(null));
    assert.equal((await compareStep(promote, judged(fakeGateResult(null, 'reject')), unmeasured)).state, 'different');
    const { verdict, ...rest } = fakeGateResult(null);
    const reasons = verdict.reasons.map((reason) => ({ ...reason, value: 0.101, text: 'changed by +0.101' }));
    const other = judged({ ...rest, verdict: { ...verdict, reasons } });
    assert.equal((await compareStep(promote, other, unmeasured)).state, 'within');
  });

  it('is different where the reproduction has not come to it, or where its objects can’t be compared', async () => {
    assert.equal((await compareStep(stepOf('bm25'), undefined, unmeasured)).state, 'different');
    const gone: MeasureObjects = () => Promise.reject(new RangeError('it is gone'));
    const reproduced = changed('embed-tuned', { embeddingsSha256: 'ab'.repeat(32) });
    const { state, measured } = await compareStep(stepOf('embed-tuned'), reproduced, gone);
    assert.equal(state, 'different');
    assert.equal(measured[0]?.problem, 'it is gone');
  });
});

describe('a run beside its reproduction', () => {
  const run = (record: RunRecord): ComparedRun => ({ record, artifacts: store() });

  it('is as its steps are, and those that are left out don’t count', async () => {
    const recorded = runRecordOf();
    const steps = recorded.steps.map((step) => (step.step === 'judge' ? { ...step, result: {} } : step));
    const pair = [run(recorded), run({ ...recorded, steps })] as const;
    const all = await compareRuns(pair, new Set());
    assert.deepEqual([all.verdict, all.firstDifference], ['different', 'judge']);
    const { verdict, firstDifference, steps: compared } = await compareRuns(pair, new Set(['judge'] as const));
    assert.deepEqual([verdict, firstDifference, compared.length], ['identical', null, recorded.steps.length - 1]);
  });

  it('is told step by step, with the first that differs', async () => {
    const pair = [run(runRecordOf()), run(runRecordOf({ input: { training: { seed: 43 } } }))] as const;
    const compared = await compareRuns(pair, new Set());
    const reproduction = { workflowId: 'nightly', runId: 'r' };
    const lines = reproductionReport(
      { ...compared, reproduction, notCompared: [{ step: 'track', reason: 'nothing is sent to W&B' }] },
      pc.createColors(false),
    );
    assert.ok(lines.includes('Not compared: track (nothing is sent to W&B).'));
    assert.equal(lines.at(-1), 'Different: the first step that is not identical is fine-tune.');
    assert.match(lines.find((line) => line.startsWith('evaluate-base')) ?? '', /✔ identical$/);
    const trained = lines.find((line) => line.startsWith('fine-tune')) ?? '';
    assert.match(trained, /✖ different +weights can't be compared: .*; parameters\.training\.seed 42 → 43$/);
  });
});

describe('objects that differ', () => {
  const weights = (...values: number[]): Buffer => {
    const tensor = { name: 'lora_A', dtype: 'F32', shape: [values.length] } as const;
    // 97 bytes: the tensors of a file need not be aligned.
    return Buffer.concat([encodeHeader({}, [tensor], 97), new Uint8Array(new Float32Array(values).buffer)]);
  };
  const folderOf = async (artifacts: ArtifactStore, bytes: Uint8Array, path = 'adapter_model.safetensors') => {
    const ref = await artifacts.putBytes(bytes);
    return { digest: ref.sha256, files: [{ path, ...ref }] };
  };

  it('weights are as far apart as the farthest two', async () => {
    const pair = [{ artifacts: store() }, { artifacts: store() }] as const;
    const recorded = await folderOf(pair[0].artifacts, weights(0.5, -0.25, 1));
    const reproduced = await folderOf(pair[1].artifacts, weights(0.5, 0.25, 1.25));
    assert.equal(await weightDifference(pair, [recorded, reproduced]), 0.5);
    assert.equal(await weightDifference(pair, [recorded, recorded]), 0);
    const shorter = await folderOf(pair[1].artifacts, weights(0.5));
    await assert.rejects(weightDifference(pair, [recorded, shorter]), RangeError);
    const config = await folderOf(pair[1].artifacts, weights(1), 'adapter_config.json');
    await assert.rejects(weightDifference(pair, [recorded, config]), /there is no adapter_model\.safetensors/);
  });

  it('ranks are compared query by query, and none is a rank too', async () => {
    const pair = [{ artifacts: store() }, { artifacts: store() }] as const;
    const file = ({ artifacts }: { artifacts: ArtifactStore }, ...ranks: (number | null)[]) =>
      artifacts.putBytes(toJsonLines(ranks.map((rank) => ({ rank, cosine: 0.5 }))));
    const recorded = await file(pair[0], 1, null, 3, 4);
    assert.equal(await rankDifference(pair, [recorded, await file(pair[1], 1, null, null, 4)]), 0.25);
    await assert.rejects(rankDifference(pair, [recorded, await file(pair[1], 1)]), RangeError);
  });
});

describe('the input of a reproduction', () => {
  it('is the recorded one on the recorded bytes, and tells and promotes nothing', async () => {
    const artifacts = store();
    const recorded = runRecordOf({ input: { tracking: { mode: 'online' }, training: { seed: 7 } } });
    const data = { ...(await artifacts.putBytes(Buffer.from('rows'))), format: 'jsonl' as const };
    const guard = { ...(await artifacts.putBytes(Buffer.from('guard'))), format: 'csv' as const };
    const file = await artifacts.putBytes(Buffer.from('{}'));
    const model = { digest: file.sha256, files: [{ path: '1_Pooling/config.json', ...file }] };
    const gate = parseRetrainInput({ gate: { guards: { civil: { data: { source: 'civil.csv' } } } } }).gate;
    const record = {
      ...recorded,
      config: { ...recorded.config, gate },
      sources: { ...recorded.sources, data, model, guards: { civil: guard } },
    };
    const input = await recordedInput(artifacts, record, join(folder, 'inputs'));
    assert.equal(await readFile(input.data.source, 'utf8'), 'rows');
    assert.equal(await readFile(join(input.model.source, '1_Pooling/config.json'), 'utf8'), '{}');
    const { civil } = input.gate.guards;
    assert.equal(await readFile(civil?.data.source ?? '', 'utf8'), 'guard');
    assert.deepEqual(
      [input.data.format, input.data.sha256, civil?.data.format, civil?.data.sha256],
      ['jsonl', data.sha256, 'csv', guard.sha256],
    );
    assert.deepEqual([input.promote, input.notify, input.tracking.mode], ['never', 'never', 'none']);
    assert.deepEqual(input.training, record.config.training);
    assert.deepEqual(parseRetrainInput(input), input);
  });
});

describe('the champion of a reproduction', () => {
  async function bucketWithChampion(): Promise<{ readonly bucket: ArtifactStore; readonly record: RunRecord }> {
    const bucket = store();
    const part = async (name: string) => bucket.putBytes(Buffer.from(name));
    const onnx = await part('onnx');
    const files = { digest: onnx.sha256, files: [{ path: 'model.onnx', ...onnx }] };
    const parts = { train: await part('train'), dev: await part('dev') };
    const encoder = encoderRefOf(files, { dimensions: 4, maxSeqLength: 8 });
    const candidate = { ...candidateOf('monday', parts), encoder };
    const champions = new ChampionStore(bucket.objects);
    const move = { by: 'gate', note: null, at: new Date() };
    const entry = await champions.promote(candidate, { expected: null, ...move });
    await champions.promote(candidateOf('tuesday'), { expected: 1, ...move });
    return { bucket, record: runRecordOf({ gate: fakeGateResult(championEntry.parse(entry)) }) };
  }

  it('is the one that the record was measured against, with what it takes to measure it', async () => {
    const { bucket, record } = await bucketWithChampion();
    const namespace = store();
    assert.deepEqual(await seedChampion(record, bucket, namespace), new Map());
    const { entries = [] } = (await new ChampionStore(namespace.objects).read()) ?? {};
    assert.deepEqual(
      entries.map(({ revision, run }) => [revision, run.workflowId]),
      [[1, 'monday']],
    );
    const [champion] = entries;
    for (const ref of [champion?.encoder.files.files[0], champion?.data.train, champion?.data.dev]) {
      assert.equal(ref && (await namespace.check(ref)), 'ok');
    }
  });

  it('is none for a run that was measured against the base model', async () => {
    const namespace = store();
    assert.deepEqual(await seedChampion(runRecordOf(), store(), namespace), new Map());
    assert.equal(await namespace.objects.head(CHAMPION_KEY), null);
  });

  it('is missed by the steps that need it, where the bucket has lost it or one of its objects', async () => {
    const { bucket, record } = await bucketWithChampion();
    const lost = await seedChampion(record, store(), store());
    assert.match(lost.get('judge') ?? '', /no longer has revision 1, monday/);
    const [entry] = ((await new ChampionStore(bucket.objects).read())?.entries ?? []).slice(1);
    await bucket.objects.delete([entry?.data.dev.key ?? '']);
    assert.match((await seedChampion(record, bucket, store())).get('judge') ?? '', /is missing from the store/);
  });
});
