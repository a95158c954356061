/** `embed` under `retrain`, with fake activities: segments, rounds, queues. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { createEncodeSegment } from '../../activities/encode-segment.ts';
import { durable } from '../../activities/durable.ts';
import { toJsonLines } from '../../activities/json-lines.ts';
import { createPlanEmbedding } from '../../activities/plan-embedding.ts';
import { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import type { Encoder } from '../../adapters/encoder/encoder.ts';
import type { RetrainInput } from '../../contracts/retrain-input.ts';
import { digestOf } from '../../core/canonical.ts';
import { cutSegments } from '../../core/segments.ts';
import { activityDeps } from '../fixtures/activity-deps.ts';
import { computed, fakeActivities, type FakeActivities } from '../fixtures/fake-activities.ts';
import { fakeRef } from '../fixtures/fake-ref.ts';
import { runRetrain, times, withRun, type Ran } from '../fixtures/run-retrain.ts';
import { storeWith } from '../fixtures/store-with.ts';
import { historiesOf } from '../fixtures/history-sizes.ts';
import { startTimeSkipping } from '../fixtures/workflow-environment.ts';

let env: TestWorkflowEnvironment;
before(async () => {
  env = await startTimeSkipping();
});
after(() => env.teardown());

const run = (fakes: FakeActivities, input: RetrainInput = {}): Promise<Ran> => runRetrain(env, fakes, input);

describe('embed', () => {
  it('continues as new when there are more segments than history should hold, and stores the texts once', async () => {
    const deps = activityDeps();
    const puts: { key: string; bytes: number }[] = [];
    const artifacts = new ArtifactStore(
      storeWith(deps.store, {
        putIfAbsent: async (key, body) => {
          if (!('file' in body)) puts.push({ key, bytes: body.length });
          return deps.store.putIfAbsent(key, body);
        },
      }),
      join(deps.folder, 'cache'),
    );
    // Two texts a segment: three runs.
    const pairs = Array.from({ length: 1_050 }, (_, row) => ({ query: `question ${row}`, positive: `passage ${row}` }));
    const rows = await deps.artifacts.putBytes(toJsonLines(pairs));
    const encode = async (texts: readonly string[]) => ({
      embeddings: new Float32Array(3 * texts.length),
      truncated: 0,
    });
    const encoder: Encoder = { dimensions: 3, maxSeqLength: 8, encode, dispose: async () => {} };
    const fakes = fakeActivities();
    const { planEmbedding, encodeSegment } = fakes.cpu;
    const real = durable({
      planEmbedding: createPlanEmbedding({ ...deps, artifacts }),
      encodeSegment: createEncodeSegment({ ...deps, artifacts, encoders: { use: async (_, work) => work(encoder) } }),
    });
    let plans = 0;
    fakes.cpu.planEmbedding = async (input) => {
      if (input.step !== 'embed-base') return planEmbedding(input);
      plans++;
      return real.planEmbedding({ ...input, rows });
    };
    fakes.cpu.encodeSegment = async (input) =>
      input.step === 'embed-base' ? real.encodeSegment(input) : encodeSegment(input);

    const embedding = { parallelism: 64, segmentTexts: 2 };
    const runs = await withRun(env, fakes, { embedding }, async (handle) => {
      const { texts } = await handle.result();
      assert.equal(texts.encoded, 2_100 + 2 * 4);
      return historiesOf(env.client, `${handle.workflowId}/embed-base`);
    });
    assert.equal(plans, 2);
    const stored = puts.filter(({ key }) => key.startsWith('artifacts/'));
    assert.equal(stored.length, 3);
    const segments = cutSegments(
      pairs.flatMap(({ query, positive }) => [query, positive]),
      { segmentTexts: 2, segmentBytes: 1 << 20 },
    );
    const bytes = segments.reduce((sum, { texts }) => sum + Buffer.byteLength(JSON.stringify(texts)) + 1, 0);
    assert.equal(stored[0]?.bytes, bytes);
    assert.equal(stored[1]?.bytes, 44 * 1_050);
    assert.equal(runs.length, 3);
    for (const { events, largestEvent } of runs) {
      assert.ok(events < 5_000, `${events} events`);
      assert.ok(largestEvent < 100 << 10, `${largestEvent} bytes`);
    }
  });

  it('counts texts of a lost attempt or another run among those that the cache had', async () => {
    const fakes = fakeActivities();
    const { encodeSegment } = fakes.cpu;
    let segments = 0;
    fakes.cpu.encodeSegment = async (input) => ({ ...(await encodeSegment(input)), adopted: segments++ === 0 });
    const all = (await run(fakeActivities(), {})).result.texts;
    const { texts } = (await run(fakes, {})).result;
    assert.deepEqual(texts, { encoded: all.encoded - 4, cached: all.cached + 4 });
  });

  it('has small segments merged when there are too many of them', async () => {
    const fakes = fakeActivities(3);
    await run(fakes, { embedding: { compactSegments: 3 } });
    assert.equal(times(fakes.calls, 'compactEmbeddings'), 2);
    const others = fakeActivities(3);
    await run(others, { embedding: { compactSegments: 4 } });
    await run(others, { embedding: { compactSegments: null } });
    assert.equal(times(others.calls, 'compactEmbeddings'), 0);
  });

  it('hands segments to the GPU queue for an encoder that a GPU computes', async () => {
    const fakes = fakeActivities();
    const { encodeSegment } = fakes.cpu;
    fakes.cpu.encodeSegment = async () => assert.fail('a segment came to a worker without a GPU');
    fakes.gpu.encodeSegment = encodeSegment;
    const { result } = await run(fakes, { embedding: { device: 'cuda', precision: 'fp16' } });
    assert.equal(result.texts.encoded, 16);
  });

  it('plans again when segments that were encoded can not be read back', async () => {
    const fakes = fakeActivities();
    let plans = 0;
    fakes.cpu.planEmbedding = async ({ step }) => {
      const missing = ++plans <= 2;
      const outcome = missing ? null : computed({ texts: 4, dimensions: 3, embeddingsSha256: digestOf(step) });
      return {
        texts: 4,
        cached: missing ? 0 : 4,
        plan: missing ? { artifact: fakeRef(step), segments: 1 } : null,
        smallSegments: 1,
        outcome,
      };
    };
    await run(fakes);
    assert.ok(plans >= 4);
  });
});
