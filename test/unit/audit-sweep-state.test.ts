/** What a sweep remembers of an interrupted one: what it has verified, as long as that has not changed. */
import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import { SweepState } from '../../audit/sweep-state.ts';
import { verifyObjects } from '../../audit/verify-objects.ts';
import type { ArtifactRef } from '../../contracts/artifact.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';

const KIND = {
  url: 's3://memory',
  deep: false,
  keys: [],
  requireSignature: false,
  allowUnsigned: false,
  tsa: null,
  only: null,
  codeSources: 'this',
};

let folder: string;
let path: string;
let store: MemoryObjectStore;
let refs: ArtifactRef[];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veille-sweep-'));
});
after(() => rm(folder, { recursive: true }));

beforeEach(async () => {
  path = join(await mkdtemp(join(folder, 'state-')), 'below', 'state.jsonl');
  store = new MemoryObjectStore();
  const artifacts = new ArtifactStore(store, folder);
  refs = await Promise.all(['one', 'two', 'three'].map((body) => artifacts.putBytes(Buffer.from(body))));
});

/** Bytes that were read for it. */
async function verify(state: SweepState): Promise<{ readonly read: number; readonly differing: readonly string[] }> {
  const readBefore = store.bytesRead.getStream;
  const options = { verified: state, onBytes: () => {}, signal: new AbortController().signal };
  const differences = await verifyObjects(store, refs, options);
  return { read: store.bytesRead.getStream - readBefore, differing: differences.map(({ object }) => object) };
}

describe('SweepState', () => {
  it('has each object read once, in one sweep', async () => {
    const state = await SweepState.open(path, store, KIND, false);
    assert.deepEqual(await verify(state), { read: 11, differing: [] });
    assert.deepEqual(await verify(state), { read: 0, differing: [] });
  });

  it('lets the next process go on from there, though the last line was cut off', async () => {
    await verify(await SweepState.open(path, store, KIND, false));
    await appendFile(path, '{"what":"art');
    assert.deepEqual(await verify(await SweepState.open(path, store, KIND, false)), { read: 0, differing: [] });
  });

  it('has an object read again that was replaced meanwhile, and never remembers a damaged one', async () => {
    await verify(await SweepState.open(path, store, KIND, false));
    const [first] = refs;
    assert.ok(first);
    await store.delete([first.key]);
    await store.putIfAbsent(first.key, Buffer.from('six'));
    for (const _ of [1, 2])
      assert.deepEqual(await verify(await SweepState.open(path, store, KIND, false)), {
        read: 3,
        differing: [first.key],
      });
  });

  it('begins anew when it is told to, and for a sweep of another kind', async () => {
    await verify(await SweepState.open(path, store, KIND, false));
    assert.equal((await verify(await SweepState.open(path, store, KIND, true))).read, 11);
    assert.equal((await verify(await SweepState.open(path, store, { ...KIND, deep: true }, false))).read, 11);
  });

  it('knows a clean run by its record, until that is another one', async () => {
    const key = 'runs/a/1/record.json';
    await store.putIfAbsent(key, Buffer.from('{}'));
    const first = await SweepState.open(path, store, KIND, false);
    assert.equal(await first.hasRun(key), false);
    await first.addRun(key);
    assert.equal(await (await SweepState.open(path, store, KIND, false)).hasRun(key), true);
    await store.delete([key]);
    assert.equal(await (await SweepState.open(path, store, KIND, false)).hasRun(key), false);
  });

  it('leaves nothing behind when the sweep has come to its end', async () => {
    const state = await SweepState.open(path, store, KIND, false);
    await verify(state);
    await state.close();
    assert.deepEqual(await readdir(join(path, '..')), []);
  });
});
