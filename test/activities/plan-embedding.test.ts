/** `planEmbedding` and the plan that it stores: what is missing, once, in objects of a bounded size. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ArtifactLostError } from '../../adapters/artifacts/artifact-lost.ts';
import { readPlannedSegment, storePlan } from '../../activities/embedding-plan.ts';
import { toJsonLines } from '../../activities/json-lines.ts';
import { createPlanEmbedding } from '../../activities/plan-embedding.ts';
import type { EmbedInput } from '../../contracts/activities.ts';
import type { ArtifactRef } from '../../contracts/artifact.ts';
import { parseRetrainInput } from '../../contracts/parse-input.ts';
import { cutSegments, type Segment } from '../../core/segments.ts';
import { activityDeps, runActivity, type TestDeps } from '../fixtures/activity-deps.ts';
import { cacheEmbeddings } from '../fixtures/cached-embeddings.ts';
import { encoderRefOf } from '../fixtures/encoder-ref.ts';
import { fakeFileSet } from '../fixtures/fake-ref.ts';

const encoder = encoderRefOf(fakeFileSet('model.onnx'), { dimensions: 2, maxSeqLength: 8 });
const limits = { segmentTexts: 7, segmentBytes: 1_024 };
const PAIRS = Array.from({ length: 50 }, (_, row) => ({ query: `question ${row}`, positive: `réponse ${row % 20}` }));
const TEXTS = [...new Set(PAIRS.flatMap(({ query, positive }) => [`q: ${query}`, `p: ${positive}`]))];

async function inputOf({ artifacts }: TestDeps): Promise<EmbedInput> {
  return {
    encoder,
    rows: await artifacts.putBytes(toJsonLines(PAIRS)),
    prefixes: { query: 'q: ', passage: 'p: ' },
    embedding: { ...parseRetrainInput({}).embedding, ...limits },
    step: 'embed-base',
    run: { workflowId: 'w', runId: 'r' },
  };
}

async function segmentsIn({ artifacts }: TestDeps, plan: ArtifactRef, count: number): Promise<Segment[]> {
  const numbers = Array.from({ length: count }, (_, number) => number);
  return Promise.all(numbers.map((number) => readPlannedSegment(artifacts, plan, number)));
}

const withVectors = (texts: readonly string[]) => new Map(texts.map((text) => [text, [1, 0]] as const));

describe('planEmbedding', () => {
  it('stores the missing texts, each once, in the segments that they are cut into', async () => {
    const deps = activityDeps();
    await cacheEmbeddings(deps, encoder, withVectors(TEXTS.slice(0, 30)));
    const { texts, cached, plan } = await runActivity(createPlanEmbedding(deps), await inputOf(deps));
    assert.deepEqual([texts, cached], [70, 30]);
    assert.ok(plan);
    assert.deepEqual(await segmentsIn(deps, plan.artifact, plan.segments), cutSegments(TEXTS.slice(30), limits));
  });

  it('ends the step once nothing is missing', async () => {
    const deps = activityDeps();
    await cacheEmbeddings(deps, encoder, withVectors(TEXTS));
    const { plan, outcome } = await runActivity(createPlanEmbedding(deps), await inputOf(deps));
    assert.equal(plan, null);
    assert.equal(outcome?.result.texts, 70);
  });

  it('writes nothing when the same texts are missing again', async () => {
    const deps = activityDeps();
    const input = await inputOf(deps);
    const first = await runActivity(createPlanEmbedding(deps), input);
    const puts = deps.store.calls.get('putIfAbsent');
    assert.deepEqual(await runActivity(createPlanEmbedding(deps), input, 'twin'), first);
    assert.equal(deps.store.calls.get('putIfAbsent'), puts);
  });
});

describe('a stored plan', () => {
  const segments = cutSegments(TEXTS, limits);

  it('closes an object of texts before it grows beyond its bound, and finds each segment again', async () => {
    const deps = activityDeps();
    const long = cutSegments(['x'.repeat(900)], limits);
    const plan = await storePlan(deps.artifacts, [...segments, ...long], 500);
    const { texts } = JSON.parse(Buffer.from(await deps.artifacts.getBytes(plan)).toString()) as {
      texts: ArtifactRef[];
    };
    const bytes = [...segments, ...long].map(({ texts: of }) => Buffer.byteLength(JSON.stringify(of)) + 1);
    assert.equal(
      texts.reduce((sum, ref) => sum + ref.bytes, 0),
      bytes.reduce((sum, size) => sum + size, 0),
    );
    assert.ok(texts.length > 2);
    assert.ok(texts.slice(0, -1).every((ref) => ref.bytes <= 500));
    assert.equal(texts.at(-1)?.bytes, 905);
    assert.deepEqual(await segmentsIn(deps, plan, segments.length + 1), [...segments, ...long]);
  });

  it('is read by ranges: a segment costs its own texts and one row of the table', async () => {
    const deps = activityDeps();
    const plan = await storePlan(deps.artifacts, segments);
    deps.store.bytesRead.getRange = 0;
    const { texts } = await readPlannedSegment(deps.artifacts, plan, 4);
    assert.equal(deps.store.bytesRead.getRange, 44 + Buffer.byteLength(JSON.stringify(texts)) + 1);
  });

  it('refuses a number that it has not', async () => {
    const deps = activityDeps();
    const plan = await storePlan(deps.artifacts, segments);
    await assert.rejects(readPlannedSegment(deps.artifacts, plan, segments.length), RangeError);
  });

  it('of an earlier version is read as well: a run that began with it goes on', async () => {
    const deps = activityDeps();
    const bodies = segments.map(({ texts }) => Buffer.from(`${JSON.stringify(texts)}\n`));
    let end = 0;
    const table = segments.map(({ id }, index) => ({ id, start: end, end: (end += bodies[index]!.length) }));
    const texts = await deps.artifacts.putBytes(Buffer.concat(bodies));
    const plan = await deps.artifacts.putBytes(Buffer.from(JSON.stringify({ texts, segments: table })));
    assert.deepEqual(await segmentsIn(deps, plan, segments.length), segments);
  });

  it('names the damaged object, whichever byte of texts or table is changed or cut off', async () => {
    const { store, artifacts } = activityDeps();
    const plan = await storePlan(artifacts, segments);
    const others = store.keys().filter((key) => key !== plan.key);
    assert.equal(others.length, 2);
    for (const key of others) {
      const { bytes } = (await store.head(key))!;
      const sound = (await store.get(key))!.body.slice();
      const read = () => Promise.all(segments.map((_, number) => readPlannedSegment(artifacts, plan, number)));
      let lost = 0;
      for (let byte = 0; byte < bytes; byte += 11) {
        store.flipBit(key, byte);
        const found = await read().catch((error: unknown) => error);
        store.flipBit(key, byte);
        // A segment without its last newline is as good: nothing else may pass.
        if (Array.isArray(found)) assert.deepEqual(found, segments);
        else {
          assert.ok(found instanceof ArtifactLostError);
          assert.equal(found.ref.key, key);
          lost++;
        }
      }
      assert.ok(lost > bytes / 13);
      store.damage(key, (body) => body.subarray(0, -1));
      await assert.rejects(read(), { name: 'ArtifactLostError', reason: 'corrupt' });
      store.damage(key, () => sound);
      assert.equal((await read()).length, segments.length);
    }
  });
});
