/** What a step on the GPU queue waits for, by the builds of the workers that poll it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCheckGpuQueue } from '../../activities/check-gpu-queue.ts';

const check = (builds: (string | null)[]): Promise<string | null> =>
  createCheckGpuQueue({
    worker: { buildId: 'new', searchable: false, uiUrl: null },
    gpuBuilds: async () => builds,
  })();

describe('checkGpuQueue', () => {
  it('is silent where a worker of the build polls the queue, or one that takes any task', async () => {
    assert.equal(await check(['old', 'new']), null);
    assert.equal(await check([null]), null);
  });

  it('says that nobody polls it, or which builds do', async () => {
    assert.equal(await check([]), 'waits for a GPU worker of build new: no worker polls veille-gpu');
    assert.equal(
      await check(['old', 'older']),
      'waits for a GPU worker of build new: only workers of build old, older poll veille-gpu',
    );
  });
});
