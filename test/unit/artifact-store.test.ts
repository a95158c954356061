/** Content-addressed objects: written once, checked whenever they are read. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ArtifactLostError } from '../../adapters/artifacts/artifact-lost.ts';
import { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import { openS3 } from '../../adapters/object-store/s3.ts';
import { MOST_OBJECT_BYTES } from '../../adapters/object-store/too-large.ts';
import { sha256 } from '../../core/canonical.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';

const scratch = (): string => mkdtempSync(join(tmpdir(), 'veille-artifacts-'));

function open(): { store: MemoryObjectStore; artifacts: ArtifactStore } {
  const store = new MemoryObjectStore();
  return { store, artifacts: new ArtifactStore(store, scratch()) };
}

const flip = (body: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => body.map((byte) => byte ^ 1);

describe('ArtifactStore', () => {
  it('names an object by its bytes, and stores the same bytes once', async () => {
    const { store, artifacts } = open();
    const ref = await artifacts.putBytes(Buffer.from('Code civil'));
    assert.equal(ref.sha256, sha256('Code civil'));
    assert.equal(ref.key, `artifacts/sha256/${ref.sha256.slice(0, 2)}/${ref.sha256}`);
    assert.deepEqual(await artifacts.putBytes(Buffer.from('Code civil')), ref);
    assert.equal(store.calls.get('putIfAbsent'), 1);
  });

  it('refuses to hand out other bytes than the reference says', async () => {
    const { store, artifacts } = open();
    const ref = await artifacts.putBytes(Buffer.from('Code civil'));
    store.damage(ref.key, flip);
    await assert.rejects(
      artifacts.getBytes(ref),
      (error) => error instanceof ArtifactLostError && error.reason === 'corrupt',
    );
    await assert.rejects(
      artifacts.withFile(ref, async () => assert.fail('it was handed out')),
      (error) => error instanceof ArtifactLostError && error.reason === 'corrupt',
    );
  });

  it('tells a missing object from a corrupt one', async () => {
    const { store, artifacts } = open();
    const ref = await artifacts.putBytes(Buffer.from('Code civil'));
    assert.equal(await artifacts.check(ref), 'ok');
    store.damage(ref.key, flip);
    assert.equal(await artifacts.check(ref), 'corrupt');
    await store.delete([ref.key]);
    assert.equal(await artifacts.check(ref), 'missing');
    await assert.rejects(
      artifacts.getBytes(ref),
      (error) => error instanceof ArtifactLostError && error.reason === 'missing',
    );
  });

  it('replaces a corrupt object when the right bytes are put again', async () => {
    const { store, artifacts } = open();
    const ref = await artifacts.putBytes(Buffer.from('Code civil'));
    store.damage(ref.key, flip);
    await artifacts.putBytes(Buffer.from('Code civil'));
    assert.equal(Buffer.from(await artifacts.getBytes(ref)).toString(), 'Code civil');
  });

  it('reads an object without a digest in its head once, before it is believed', async () => {
    const { store, artifacts } = open();
    const ref = await artifacts.putBytes(Buffer.from('Code civil'));
    store.overwriteByAnotherTool(ref.key, Buffer.from('Code rural'));
    assert.equal(await artifacts.check(ref), 'corrupt');
    store.overwriteByAnotherTool(ref.key, Buffer.from('Code civil'));
    const reads = store.calls.get('getStream') ?? 0;
    for (let time = 0; time < 3; time++) assert.equal(await artifacts.check(ref), 'ok');
    assert.equal(store.calls.get('getStream'), reads + 1);
  });

  it('does not keep what another tool has put in the place of an object, when that is put again', async () => {
    const { store, artifacts } = open();
    const ref = await artifacts.putBytes(Buffer.from('Code civil'));
    store.overwriteByAnotherTool(ref.key, Buffer.from('Code rural'));
    await artifacts.putBytes(Buffer.from('Code civil'));
    assert.equal(Buffer.from(await artifacts.getBytes(ref)).toString(), 'Code civil');
  });

  it('does not read what it has just written, where the server keeps no digests', async () => {
    const { store, artifacts } = open();
    store.keepsDigests = false;
    await artifacts.putBytes(Buffer.from('Code civil'));
    assert.equal(store.calls.get('getStream'), undefined);
  });

  it('leaves the files of a run as evidence', async () => {
    const { store, artifacts } = open();
    await store.putIfAbsent('runs/w/r/history.json', Buffer.from('damaged'));
    assert.equal(
      await artifacts.dropIfCorrupt({ key: 'runs/w/r/history.json', sha256: sha256('whole'), bytes: 5 }),
      false,
    );
    assert.ok(await store.head('runs/w/r/history.json'));
  });

  it('discards only what is really corrupt', async () => {
    const { store, artifacts } = open();
    const ref = await artifacts.putBytes(Buffer.from('Code civil'));
    assert.equal(await artifacts.dropIfCorrupt(ref), false);
    store.damage(ref.key, flip);
    assert.equal(await artifacts.dropIfCorrupt(ref), true);
    assert.deepEqual(store.keys(), []);
    assert.equal(store.calls.get('get'), undefined, 'weights of gigabytes are not held in memory');
  });

  it('downloads a file once, and again when the local copy is damaged', async () => {
    const { store, artifacts } = open();
    const ref = await artifacts.putBytes(Buffer.from('Code civil'));
    const path = await artifacts.getFile(ref, scratch(), 'text');
    await artifacts.withFile(ref, async () => {});
    assert.equal(store.calls.get('getStream'), 1);
    writeFileSync(path, 'Code pénal');
    assert.equal(await artifacts.withFile(ref, (file) => readFile(file, 'utf8')), 'Code civil');
    assert.equal(store.calls.get('getStream'), 2);
  });

  it('says so when a file has other bytes by the time it is stored, and takes the right ones later', async () => {
    const { artifacts } = open();
    const file = join(scratch(), 'rows.csv');
    await writeFile(file, 'Code pénal');
    const known = { sha256: sha256('Code civil'), bytes: 10 };
    await assert.rejects(
      artifacts.putKnown(known, async () => file),
      /changed while they were stored/,
    );
    await writeFile(file, 'Code civil');
    const ref = await artifacts.putKnown(known, async () => file);
    assert.equal(Buffer.from(await artifacts.getBytes(ref)).toString('utf8'), 'Code civil');
  });

  it('refuses what is too large for one upload, before it is fetched, hashed or sent', async () => {
    const { store, artifacts } = open();
    const weights = { sha256: sha256('weights'), bytes: MOST_OBJECT_BYTES + 1 };
    const fetched = artifacts.putKnown(weights, async () => assert.fail('it was fetched'));
    await assert.rejects(fetched, { name: 'ObjectTooLargeError', message: /5368709121 bytes.*5 GiB/ });
    assert.equal(store.calls.get('head'), undefined);
    const file = join(scratch(), 'model.safetensors');
    await writeFile(file, '');
    await truncate(file, MOST_OBJECT_BYTES + 1);
    // Nothing listens there.
    const s3 = openS3({ bucket: 'veille', region: 'us-east-1', endpoint: 'http://127.0.0.1:9' });
    await assert.rejects(s3.putIfAbsent('key', { file }), { name: 'ObjectTooLargeError' });
  });

  it('stores a folder and lays it out again, links to files included', async () => {
    const { artifacts } = open();
    const folder = scratch();
    mkdirSync(join(folder, '1_Pooling'));
    writeFileSync(join(folder, 'modules.json'), '[]');
    writeFileSync(join(folder, '1_Pooling', 'config.json'), '{}');
    symlinkSync(join(folder, 'modules.json'), join(folder, 'linked.json'));
    symlinkSync(join(folder, '1_Pooling'), join(folder, 'linked-folder'));
    const set = await artifacts.putFolder(folder);
    assert.deepEqual(
      set.files.map(({ path }) => path),
      ['1_Pooling/config.json', 'linked.json', 'modules.json'],
    );
    const copy = scratch();
    await artifacts.getFolder(set, copy);
    assert.equal(readFileSync(join(copy, '1_Pooling', 'config.json'), 'utf8'), '{}');
    assert.equal((await artifacts.putFolder(copy)).digest, set.digest);
  });
});
