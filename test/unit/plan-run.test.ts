/** `veille plan` on the fake store: what is taken, what is computed and why, and that nothing is touched. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createEvaluateBm25 } from '../../activities/evaluate-bm25.ts';
import { exportStep } from '../../activities/export-encoder.ts';
import { finishedRun } from '../../activities/finished-run.ts';
import { createResolveSources } from '../../activities/resolve-sources.ts';
import { createSplitData } from '../../activities/split-data.ts';
import { runStep } from '../../activities/step.ts';
import { Hub } from '../../adapters/hub/hub.ts';
import { parseRetrainInput } from '../../contracts/parse-input.ts';
import { STEP_NAMES } from '../../contracts/progress.ts';
import { exportInput, resolveInput, splitInput } from '../../contracts/step-inputs.ts';
import type { EncoderRef, ResolveResult, SplitResult } from '../../contracts/steps.ts';
import { segmentId } from '../../core/segments.ts';
import { packTextKeys } from '../../core/text-key.ts';
import { runActivity } from '../fixtures/activity-deps.ts';
import { RESULT } from '../fixtures/cli-runs.ts';
import { encoderRefOf } from '../fixtures/encoder-ref.ts';
import { FakeHub } from '../fixtures/fake-hub.ts';
import { legalKit, modelRepository } from '../fixtures/hub-repositories.ts';
import { type PlannedRun, plannedRun, stepOf } from '../fixtures/planned-run.ts';
import { MODEL_PATHS, writeModelFiles } from '../fixtures/model-files.ts';

const DAY_MS = 86_400_000;

/** Does the first steps of a run, as a worker would. */
async function begun({ deps, input }: PlannedRun): Promise<{ sources: ResolveResult; parts: SplitResult }> {
  const config = parseRetrainInput(input);
  const { result: sources } = await runActivity(createResolveSources(deps), resolveInput(config), 'nightly');
  const split = splitInput(config, sources);
  const { result: parts } = await runActivity(createSplitData(deps), split, 'nightly');
  await runActivity(createEvaluateBm25(deps), { test: parts.test }, 'nightly');
  return { sources, parts };
}

/** Records an export that nobody made. */
async function exportedBase({ deps, input }: PlannedRun, { model }: ResolveResult): Promise<EncoderRef> {
  const ref = await deps.artifacts.putBytes(Buffer.from('graph'));
  const files = { digest: ref.sha256, files: [{ path: 'model.onnx', ...ref }] };
  const encoder = encoderRefOf(files, { dimensions: 4, maxSeqLength: 64 });
  const step = exportStep(exportInput(parseRetrainInput(input), model, null), deps.code);
  await runActivity(() => runStep(deps.records, step, async () => encoder), null, 'nightly');
  return encoder;
}

describe('the plan of a run', () => {
  it('computes everything where there is no bucket', async () => {
    const planned = await plannedRun().plan({}, { store: null });
    assert.deepEqual(
      planned.steps.filter(({ state }) => state === 'cached'),
      [],
    );
    assert.deepEqual(
      planned.steps.map(({ step }) => step),
      [...STEP_NAMES],
    );
    assert.deepEqual(stepOf(planned, 'resolve').why, ['no earlier run of this step']);
    assert.deepEqual(stepOf(planned, 'fine-tune').why, ['follows from split']);
    assert.deepEqual(stepOf(planned, 'index-tuned').why, ['follows from embed-tuned']);
    assert.deepEqual(stepOf(planned, 'embed-train').why, ['training.hardNegatives is false']);
    assert.deepEqual(planned.rows, { train: 28, dev: 6, test: 6 });
    assert.deepEqual(planned.texts, [
      { step: 'embed-base', texts: 12, missing: 12 },
      { step: 'embed-tuned', texts: 12, missing: 12 },
    ]);
  });

  it('takes what is recorded, and names who made it and when', async () => {
    const run = plannedRun();
    await begun(run);
    const planned = await run.plan();
    for (const step of ['resolve', 'split', 'bm25'] as const) {
      const { state, madeBy } = stepOf(planned, step);
      assert.deepEqual([state, madeBy?.workflowId], ['cached', 'nightly']);
      assert.ok(Number.isFinite(Date.parse(madeBy?.at ?? '')));
    }
    assert.deepEqual(stepOf(planned, 'export-base').why, ['no earlier run of this step']);
  });

  it('says which field of the input differs from the nearest run, and what follows from it', async () => {
    const run = plannedRun();
    await begun(run);
    const planned = await run.plan({ split: { seed: 7 } });
    assert.equal(stepOf(planned, 'resolve').state, 'cached');
    assert.deepEqual(stepOf(planned, 'split').why, ['split.seed is 7, was 42 in nightly']);
    assert.deepEqual(stepOf(planned, 'bm25').why, ['follows from split']);
  });

  it('takes later steps where an earlier one is computed to the same bytes', async () => {
    const run = plannedRun();
    await begun(run);
    const planned = await run.plan({ data: { ...run.input.data, dropDuplicates: true } });
    assert.deepEqual(stepOf(planned, 'split').why, ['data.dropDuplicates is true, was false in nightly']);
    assert.equal(stepOf(planned, 'bm25').state, 'cached');
  });

  it('says that the data has other bytes', async () => {
    const run = plannedRun();
    const { sources } = await begun(run);
    run.writeRows(60);
    const [why] = stepOf(await run.plan(), 'resolve').why;
    assert.match(why ?? '', /^the data has other bytes: [0-9a-f]{10}, was [0-9a-f]{10} in nightly$/);
    assert.ok(why?.includes(sources.data.sha256.slice(0, 10)));
  });

  it('says that an object is missing', async () => {
    const run = plannedRun();
    const { parts } = await begun(run);
    await run.deps.store.delete([parts.dev.key]);
    const planned = await run.plan();
    assert.deepEqual(stepOf(planned, 'split').why, [`recorded object is missing (${parts.dev.key})`]);
  });

  it('asks the embedding cache how many texts the encoder lacks', async () => {
    const run = plannedRun();
    const { sources, parts } = await begun(run);
    const encoder = await exportedBase(run, sources);
    const [first] = Buffer.from(await run.deps.artifacts.getBytes(parts.test))
      .toString('utf8')
      .split('\n');
    const { query } = JSON.parse(first ?? '') as { query: string };
    const keys = packTextKeys([query]);
    await run.deps.embeddings(encoder).put(segmentId(keys), { keys, embeddings: new Float32Array(4) });
    const planned = await run.plan();
    assert.equal(stepOf(planned, 'export-base').state, 'cached');
    assert.deepEqual(planned.texts[0], { step: 'embed-base', texts: 12, missing: 11 });
    assert.deepEqual(stepOf(planned, 'embed-base').why, ['11 of 12 texts have no embedding yet']);
  });

  it('counts train part and guard sets where the input asks for them', async () => {
    const run = plannedRun();
    const guards = { civil: { data: { source: run.input.data!.source! } } };
    const planned = await run.plan({ training: { ...run.input.training, hardNegatives: {} }, gate: { guards } });
    const texts = Object.fromEntries(planned.texts.map(({ step, texts: all }) => [step, all]));
    assert.deepEqual(texts, {
      'embed-base': 12,
      'guard-reference': 80,
      'embed-train': 56,
      'embed-tuned': 12,
      'guard-tuned': 80,
    });
    assert.deepEqual(stepOf(planned, 'fine-tune').why, ['follows from split and mine-negatives']);
  });

  it('is one word where a finished run is the same', async () => {
    const run = plannedRun();
    const { sources } = await begun(run);
    const step = finishedRun({ sources, config: parseRetrainInput(run.input), buildId: 'test' }, null);
    const unasked = { name: 'mine-negatives', state: 'skipped', note: 'training.hardNegatives is false' } as const;
    const result = { ...RESULT, artifacts: {}, steps: [unasked] };
    await runActivity(() => runStep(run.deps.records, step, async () => result), null, 'nightly');
    const planned = await run.plan();
    assert.equal(planned.unchangedSince?.workflowId, 'nightly');
    assert.deepEqual(
      planned.steps.filter(({ state }) => state !== 'cached').map(({ step: name, why }) => [name, why]),
      [['mine-negatives', ['training.hardNegatives is false']]],
    );
    assert.deepEqual([planned.seconds.steps, planned.memory], [[], null]);
    assert.equal((await run.plan({}, { buildId: () => 'another' })).unchangedSince, null);
  });

  it('touches nothing, however old it is', async (t) => {
    const run = plannedRun();
    await begun(run);
    const keys = run.deps.store.keys();
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 30 * DAY_MS });
    const before = new Map(run.deps.store.calls);
    assert.equal(stepOf(await run.plan(), 'split').state, 'cached');
    for (const call of ['putIfAbsent', 'putIfMatch', 'delete'] as const)
      assert.equal(run.deps.store.calls.get(call), before.get(call), call);
    assert.deepEqual(run.deps.store.keys(), keys);
  });

  it('tells what the hub would send, and fetches the data and no weights', async (t) => {
    const run = plannedRun();
    const folder = run.input.model!.source!;
    writeModelFiles(folder, { 'model.safetensors': Buffer.alloc(50_000, 'weights') });
    const hub = await FakeHub.start(await legalKit(80), await modelRepository(folder));
    t.after(() => hub.stop());
    const options = { endpoint: hub.endpoint, token: null, offline: false, cache: join(run.deps.folder, 'hub') };
    const sources = { ...run.deps.sources, hub: new Hub(options) };
    const source = 'hf://datasets/fake/legalkit';
    const changes = { data: { source, limit: null }, model: { ...run.input.model, source: 'hf://fake/encoder' } };
    const plan = async (): Promise<string[]> =>
      (await run.plan(changes, { sources })).bytes.download.map(({ what }) => what);
    assert.deepEqual(await plan(), ['data', 'base model']);
    assert.ok(hub.requests.some(({ path }) => path.includes('.parquet')));
    assert.ok(!hub.requests.some(({ path }) => path.includes('/resolve/') && path.includes('model.safetensors')));
    for (const name of MODEL_PATHS) await run.deps.artifacts.putFile(join(folder, name));
    assert.deepEqual(await plan(), ['data'], 'the bucket has the model');
  });

  it('compares with records of the same model, however near one of another model is', async () => {
    const run = plannedRun();
    const { deps, input } = run;
    const { sources } = await begun(run);
    const encoder = encoderRefOf({ digest: 'a'.repeat(64), files: [] }, { dimensions: 4, maxSeqLength: 64 });
    const recorded = async (workflowId: string, model: ResolveResult['model'], changes: object): Promise<void> => {
      const config = parseRetrainInput({ ...input, ...changes });
      const step = exportStep(exportInput(config, model, null), deps.code);
      await runActivity(() => runStep(deps.records, step, async () => encoder), null, workflowId);
    };
    await recorded('another model', { ...sources.model, digest: 'b'.repeat(64) }, {});
    const why = async () => stepOf(await run.plan(), 'export-base').why;
    assert.match((await why()).join(), /the base model has other bytes: .* in another model$/);
    await recorded('same model', sources.model, {
      model: { ...input.model, maxSeqLength: 32 },
      embedding: { precision: 'int8' },
    });
    assert.match((await why()).join(), /^(?!.*base model).*maxSeqLength is 64, was 32.* in same model$/);
  });

  it('fails as the run would where batches can’t be filled without a repetition', async () => {
    const run = plannedRun();
    const training = { batchSize: 16, noDuplicatesInBatch: true };
    await run.plan({ training });
    writeFileSync(
      run.input.data!.source!,
      Array.from(
        { length: 40 },
        (_, row) => `${JSON.stringify({ query: `q ${row % 9}`, input: 'a', output: `${row}` })}\n`,
      ).join(''),
    );
    await assert.rejects(run.plan({ training }), {
      name: 'RowsError',
      message: /only 0 of an epoch's 1 batches of 16 have no text twice: lower training\.batchSize/,
    });
  });

  it('says what the model is made for and the run does not do, and refuses a model as the run would', async () => {
    const run = plannedRun();
    const folder = run.input.model!.source!;
    const own = { prompts: { query: 'query: ', document: 'passage: ' }, similarity_fn_name: 'dot' };
    writeModelFiles(folder, { 'config_sentence_transformers.json': JSON.stringify(own) });
    assert.deepEqual((await run.plan()).modelNotes, [
      'the model has prompts of its own, which this run does not use: query "query: ", document "passage: "; ' +
        'set model.queryPrefix and model.passagePrefix to use them',
      'the model is made for dot products; here its embeddings are normalised and compared by cosine',
    ]);
    const prefixed = await run.plan({ model: { ...run.input.model, queryPrefix: 'query: ' } });
    assert.equal(prefixed.modelNotes.length, 1);
    rmSync(join(folder, 'tokenizer.json'));
    await assert.rejects(run.plan(), { name: 'SourceError', message: /^model\.source .* has no tokenizer files/ });
  });

  it('fails as the run would where a part is too small', async () => {
    const run = plannedRun();
    await assert.rejects(run.plan({ training: { batchSize: 64 } }), {
      name: 'RowsError',
      message: /the train part has 28 rows, fewer than training\.batchSize 64/,
    });
  });

  it('counts the bytes that are stored, and none that are there', async () => {
    const run = plannedRun();
    const { parts } = await begun(run);
    const bytes = async (): Promise<Record<string, number | null>> =>
      Object.fromEntries((await run.plan()).bytes.stored.map(({ what, bytes: size }) => [what, size]));
    const stored = await bytes();
    assert.deepEqual([stored['sources'], stored['parts of the split']], [undefined, undefined]);
    assert.equal(stored['embeddings'], 24 * (4 * 4 + 32));
    assert.equal(stored['indexes'], 2 * 6 * 4 * 4);
    await run.deps.store.delete([parts.test.key]);
    assert.equal((await bytes())['parts of the split'], parts.train.bytes + parts.dev.bytes + parts.test.bytes);
  });
});
