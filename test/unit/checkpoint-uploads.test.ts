/** Checkpoints go up beside the training: the newest wins, outages are waited out, a fenced attempt is told. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CheckpointUploads } from '../../activities/checkpoint-uploads.ts';
import { CheckpointStore, type Checkpoint } from '../../adapters/checkpoints/checkpoint-store.ts';
import { FencedError } from '../../adapters/checkpoints/training-claim.ts';
import { StoreUnavailableError } from '../../adapters/object-store/store-error.ts';
import { CLAIMANT } from '../fixtures/claimant.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';

const KEY = 'b'.repeat(64);
const scratch = (): string => mkdtempSync(join(tmpdir(), 'veille-uploads-'));

function checkpoint(step: number): Checkpoint {
  const folder = scratch();
  writeFileSync(join(folder, 'weights'), `step ${step}`);
  return { step, memoryMicroBatch: null, folder };
}

async function open(): Promise<{ store: MemoryObjectStore; checkpoints: CheckpointStore }> {
  const store = new MemoryObjectStore();
  const checkpoints = new CheckpointStore(store, KEY);
  await checkpoints.claim(CLAIMANT);
  return { store, checkpoints };
}

async function newestStep(store: MemoryObjectStore): Promise<number | undefined> {
  const reader = new CheckpointStore(store, KEY);
  await reader.claim(CLAIMANT);
  return (await reader.download(scratch(), () => {}))?.step;
}

describe('CheckpointUploads', () => {
  it('uploads what is added, and frees the disk', async () => {
    const { store, checkpoints } = await open();
    const uploads = new CheckpointUploads(checkpoints, () => {});
    const added = checkpoint(10);
    uploads.add(added);
    await uploads.drain();
    assert.equal(existsSync(added.folder), false);
    assert.equal(await newestStep(store), 10);
  });

  it('skips a checkpoint that still waits when a newer one comes', async () => {
    const { store, checkpoints } = await open();
    const uploads = new CheckpointUploads(checkpoints, () => {});
    for (const step of [10, 20, 30]) uploads.add(checkpoint(step));
    await uploads.drain();
    assert.equal(await newestStep(store), 30);
    assert.ok(!store.keys().some((key) => key.includes('step-00000020')));
  });

  it('takes a checkpoint that it has uploaded for nothing new', async () => {
    const { store, checkpoints } = await open();
    const uploads = new CheckpointUploads(checkpoints, () => {});
    const added = checkpoint(10);
    uploads.add(added);
    await uploads.drain();
    uploads.add(added);
    await uploads.drain();
    assert.equal(await newestStep(store), 10);
  });

  it('waits while the store is away, and says so', async () => {
    const { store, checkpoints } = await open();
    const warnings: string[] = [];
    const uploads = new CheckpointUploads(checkpoints, (message) => warnings.push(message));
    store.failNext('putIfAbsent', new StoreUnavailableError(store.url, 'put', { cause: new Error('refused') }));
    uploads.add(checkpoint(10));
    await uploads.drain();
    assert.match(warnings.join(), /step 10 waits: .*not reachable/);
    assert.equal(uploads.fenced.aborted, false);
    assert.equal(await newestStep(store), 10);
  });

  it('lets what goes with a checkpoint follow it into the store', async () => {
    const { store, checkpoints } = await open();
    const saved: (number | null)[] = [];
    const uploads = new CheckpointUploads(
      checkpoints,
      () => {},
      async () => void saved.push(checkpoints.newestStep),
    );
    uploads.add(checkpoint(10));
    await uploads.drain();
    assert.deepEqual(saved, [10]);
    assert.equal(await newestStep(store), 10);
  });

  it('tells a fenced attempt to stop training', async () => {
    const { store, checkpoints } = await open();
    const uploads = new CheckpointUploads(checkpoints, () => {});
    await new CheckpointStore(store, KEY).claim(CLAIMANT);
    uploads.add(checkpoint(10));
    await assert.rejects(uploads.drain(), FencedError);
    assert.equal(uploads.fenced.aborted, true);
  });
});
