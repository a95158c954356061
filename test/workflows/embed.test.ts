/** `embed` under `retrain`, with fake activities: segments, rounds, queues. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { RetrainInput } from '../../contracts/retrain-input.ts';
import { digestOf } from '../../core/canonical.ts';
import { computed, fakeActivities, type FakeActivities } from '../fixtures/fake-activities.ts';
import { fakeRef } from '../fixtures/fake-ref.ts';
import { runRetrain, times, type Ran } from '../fixtures/run-retrain.ts';
import { startTimeSkipping } from '../fixtures/workflow-environment.ts';

let env: TestWorkflowEnvironment;
before(async () => {
  env = await startTimeSkipping();
});
after(() => env.teardown());

const run = (fakes: FakeActivities, input: RetrainInput = {}): Promise<Ran> => runRetrain(env, fakes, input);

describe('embed', () => {
  it('continues as new when there are more segments than history should hold', async () => {
    const fakes = fakeActivities(501);
    const { result } = await run(fakes, { embedding: { parallelism: 64 } });
    assert.equal(times(fakes.calls, 'encodeSegment:embed-base'), 501);
    assert.equal(result.texts.encoded, 2 * 501 * 4);
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
