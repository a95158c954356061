/** `buildIndex` from cached embeddings: exact, approximate, and the same bytes every time. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createBuildIndex } from '../../activities/build-index.ts';
import { toJsonLines } from '../../activities/json-lines.ts';
import type { IndexInput } from '../../contracts/activities.ts';
import { CORRUPT_ARTIFACT } from '../../contracts/failures.ts';
import type { IndexResult, StepOutcome } from '../../contracts/steps.ts';
import { NumpyGenerator } from '../../core/numpy-random/generator.ts';
import { cutSegments } from '../../core/segments.ts';
import { packTextKeys } from '../../core/text-key.ts';
import { Index } from '../../native/faiss/index.ts';
import { activityDeps, runActivity, type TestDeps } from '../fixtures/activity-deps.ts';
import { encoderRefOf } from '../fixtures/encoder-ref.ts';
import { fakeFileSet } from '../fixtures/fake-ref.ts';

const DIMENSIONS = 16;
const ROWS = 400;
const encoder = encoderRefOf(fakeFileSet('model.onnx'), { dimensions: DIMENSIONS, maxSeqLength: 8 });

/** A test part, and random unit vectors in the cache for all its texts. */
async function prepare(deps: TestDeps): Promise<Omit<IndexInput, 'factory'>> {
  const pairs = Array.from({ length: ROWS }, (_, row) => ({ query: `Question ${row}`, positive: `Passage ${row}` }));
  const texts = pairs.flatMap(({ query, positive }) => [query, positive]);
  const generator = new NumpyGenerator(1);
  for (const segment of cutSegments(texts, { segmentTexts: 300, segmentBytes: 1 << 20 })) {
    const embeddings = Float32Array.from(generator.random(segment.texts.length * DIMENSIONS), (value) => value - 0.5);
    await deps.embeddings(encoder).put(segment.id, { keys: packTextKeys(segment.texts), embeddings });
  }
  const test = await deps.artifacts.putBytes(toJsonLines(pairs));
  return { encoder, test, prefixes: { query: '', passage: '' }, step: 'index-base' };
}

async function build(factory: string): Promise<{ deps: TestDeps; outcome: StepOutcome<IndexResult> }> {
  const deps = activityDeps();
  const input = { ...(await prepare(deps)), factory };
  return { deps, outcome: await runActivity(createBuildIndex(deps), input) };
}

describe('buildIndex', () => {
  it('stores an exact index that has a vector a passage', async () => {
    const { deps, outcome } = await build('Flat');
    const index = await Index.fromBuffer(await deps.artifacts.getBytes(outcome.result.index));
    assert.equal(index.ntotal, ROWS);
    assert.equal(outcome.result.recallAt10, null);
  });

  for (const factory of ['HNSW8', 'IVF8,Flat', 'PQ4np'])
    it(`measures ${factory} against exact search, and builds the same bytes again`, async () => {
      const { outcome } = await build(factory);
      const { recallAt10 } = outcome.result;
      assert.ok(recallAt10 !== null && recallAt10 > 0 && recallAt10 < 1, `recall@10 is ${recallAt10}`);
      assert.deepEqual((await build(factory)).outcome.result, outcome.result);
    });

  it('asks for lost segments to be encoded again', async () => {
    const deps = activityDeps();
    const input = { ...(await prepare(deps)), factory: 'Flat' };
    await deps.store.delete(deps.store.keys().filter((key) => key.startsWith('embeddings/')));
    await assert.rejects(runActivity(createBuildIndex(deps), input), { type: CORRUPT_ARTIFACT, nonRetryable: true });
  });
});
