/** Archives of objects: the same bytes for the same objects, whole or not at all, and none that leads out of its folder. */
import assert from 'node:assert/strict';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { after, before, describe, it } from 'node:test';
import { type Header, pack } from 'tar-stream';
import { type PackedObject, packObjects } from '../../adapters/archive/pack-objects.ts';
import { ArchiveError, unpackArchive } from '../../adapters/archive/unpack-archive.ts';
import { ArtifactLostError } from '../../adapters/artifacts/artifact-lost.ts';
import { filesBelow } from '../../adapters/artifacts/local-files.ts';
import { sha256 } from '../../core/canonical.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';

/** A key as long as those of segments, one as long as a workflow ID makes it, and one that is no ASCII. */
const BODIES: Readonly<Record<string, string>> = {
  [`embeddings/${'a'.repeat(64)}/${'b'.repeat(64)}.safetensors`]: 'segment',
  [`runs/${'w'.repeat(180)}/1/record.json`]: '{}',
  'runs/été/1/README.md': 'empty next',
  'steps/split/x.json': '',
};
type Evil = Partial<Header> & Pick<Header, 'name'>;

const signal = new AbortController().signal;

let folder: string;
let store: MemoryObjectStore;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veille-archive-'));
  store = new MemoryObjectStore();
  for (const [key, body] of Object.entries(BODIES)) await store.putIfAbsent(key, Buffer.from(body));
});
after(() => rm(folder, { recursive: true }));

function objects(): PackedObject[] {
  return store.keys().map((key) => {
    const body = Buffer.from(BODIES[key] ?? '');
    return { key, bytes: body.length, sha256: sha256(body) };
  });
}

async function packed(name: string, what = objects()): Promise<string> {
  const path = join(folder, name);
  await packObjects(store, what, path, { onBytes: () => {}, signal });
  return path;
}

async function unpacked(path: string): Promise<string> {
  const target = `${path}.unpacked`;
  await mkdir(target);
  await unpackArchive(path, target, signal);
  return target;
}

describe('packObjects', () => {
  it('gives the same bytes for the same objects, and unpacking gives the objects', async () => {
    const path = await packed('one.tar');
    assert.deepEqual(await readFile(path), await readFile(await packed('other.tar')));
    const target = await unpacked(path);
    assert.deepEqual(await filesBelow(target), store.keys());
    for (const [key, body] of Object.entries(BODIES)) assert.equal(await readFile(join(target, key), 'utf8'), body);
  });

  it('writes nothing where an object is missing, shorter or has other bytes', async () => {
    const [first, ...rest] = objects();
    assert.ok(first);
    const wrong = [
      { ...first, key: 'artifacts/none' },
      { ...first, bytes: first.bytes + 1 },
      { ...first, sha256: 'ab'.repeat(32) },
    ];
    for (const one of wrong) {
      await assert.rejects(packed('lost.tar', [...rest, one]), (error: unknown) => {
        assert.ok(error instanceof ArtifactLostError);
        assert.equal(error.ref.key, one.key);
        return true;
      });
      assert.deepEqual(
        (await readdir(folder)).filter((name) => name.startsWith('lost')),
        [],
      );
    }
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    const options = { onBytes: () => controller.abort(new Error('enough')), signal: controller.signal };
    await assert.rejects(packObjects(store, objects(), join(folder, 'stopped.tar'), options));
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith('stopped')),
      [],
    );
  });
});

describe('unpackArchive', () => {
  async function archiveOf(name: string, header: Evil): Promise<string> {
    const path = join(folder, name);
    const tar = pack();
    const written = pipeline(tar, createWriteStream(path));
    tar.entry(header, header.type === undefined ? 'evil' : '');
    tar.finalize();
    await written;
    return path;
  }

  it('refuses entries that lead out of the folder, or are no files', async () => {
    const evil: Evil[] = [
      { name: '../evil' },
      { name: 'runs/../../evil' },
      { name: '/evil' },
      { name: 'link', type: 'symlink', linkname: '/etc/passwd' },
    ];
    for (const [number, header] of evil.entries()) {
      const path = await archiveOf(`evil-${number}.tar`, header);
      await assert.rejects(unpacked(path), ArchiveError, header.name);
    }
    assert.ok(!(await readdir(folder)).includes('evil'));
  });

  it('refuses an archive that was cut off, or is none', async () => {
    const path = await packed('torn.tar');
    await truncate(path, 700);
    await assert.rejects(unpacked(path), ArchiveError);
    const other = join(folder, 'other.txt');
    await writeFile(other, 'no archive '.repeat(100));
    await assert.rejects(unpacked(other), ArchiveError);
  });
});
