/** `encodeSegment` with the real model: once for all runs, and never on a CPU what a GPU was asked for. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { storePlan } from '../../activities/embedding-plan.ts';
import { createEncodeSegment } from '../../activities/encode-segment.ts';
import { EncoderPool } from '../../activities/encoder-pool.ts';
import type { EncodeSegmentInput } from '../../contracts/activities.ts';
import { ENVIRONMENT_BROKEN } from '../../contracts/failures.ts';
import type { EncoderRef } from '../../contracts/steps.ts';
import { cutSegments } from '../../core/segments.ts';
import { packTextKeys } from '../../core/text-key.ts';
import { activityDeps, runActivity } from '../fixtures/activity-deps.ts';
import { encoderRefOf } from '../fixtures/encoder-ref.ts';
import { exportedEncoder } from '../fixtures/exported-encoder.ts';

const TEXTS = ['Qui paie les charges locatives ?', 'Le locataire, sur justificatifs.', 'Bail'];

/** Runs `work` with an encode activity, and disposes of its encoders. */
async function withActivity(
  device: EncoderRef['device'],
  work: (encode: ReturnType<typeof createEncodeSegment>, input: EncodeSegmentInput, deps: Deps) => Promise<void>,
): Promise<void> {
  const deps = activityDeps();
  const encoders = new EncoderPool(deps.artifacts, { folder: join(deps.folder, 'encoders'), threads: 1 });
  const files = await deps.artifacts.putFolder(await exportedEncoder());
  const encoder = encoderRefOf(files, { dimensions: 384, maxSeqLength: 384 }, device);
  const plan = await storePlan(deps.artifacts, cutSegments(TEXTS, { segmentTexts: 8, segmentBytes: 1_024 }));
  try {
    await work(createEncodeSegment({ ...deps, encoders }), { encoder, plan, segment: 0, step: 'embed-base' }, deps);
  } finally {
    await encoders.dispose();
  }
}
type Deps = ReturnType<typeof activityDeps>;

describe('encodeSegment', () => {
  it('encodes a segment once, and adopts it for the next run', async () => {
    await withActivity('cpu', async (encode, input, { embeddings }) => {
      assert.deepEqual(await runActivity(encode, input), { texts: 3, adopted: false, truncated: 0 });
      assert.deepEqual(await runActivity(encode, input, 'other'), { texts: 3, adopted: true, truncated: 0 });
      assert.equal((await embeddings(input.encoder).locate(packTextKeys(TEXTS))).missing, 0);
    });
  });

  it('fails at once where CUDA is asked for and missing, says what is needed, and writes nothing', async (t) => {
    await withActivity('cuda', async (encode, input, { store }) => {
      const error = await runActivity(encode, input).then(
        () => null,
        (reason: unknown) => reason as { type: string; nonRetryable: boolean; message: string },
      );
      if (!error) return t.skip('CUDA works here');
      assert.equal(error.type, ENVIRONMENT_BROKEN);
      assert.ok(error.nonRetryable);
      assert.match(
        error.message,
        /NVIDIA driver for CUDA 13 and the libraries that set-up lays out.*or set embedding\.device to cpu/,
      );
      assert.deepEqual(
        store.keys().filter((key) => key.startsWith('embeddings/')),
        [],
      );
    });
  });
});
