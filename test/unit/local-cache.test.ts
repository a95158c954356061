/** The local cache: within its bound whatever the nights bring, and never without what is in use. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ArtifactStore, artifactRefOf } from '../../adapters/artifacts/artifact-store.ts';
import { LocalCache } from '../../adapters/artifacts/local-cache.ts';
import type { ArtifactRef, FileSet } from '../../contracts/artifact.ts';
import { sha256 } from '../../core/canonical.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';

/** Bytes of a model, scaled down. */
const MODEL = 2_300;

interface Machine {
  readonly root: string;
  readonly store: MemoryObjectStore;
  readonly artifacts: ArtifactStore;
  /** A model that is in the store, and nowhere else. */
  readonly model: (name: string) => Promise<FileSet>;
  /** Another process on the same folder. */
  readonly another: () => ArtifactStore;
  readonly kept: (ref: ArtifactRef) => boolean;
}

function machine(most: number): Machine {
  const root = mkdtempSync(join(tmpdir(), 'veille-cache-'));
  const store = new MemoryObjectStore();
  const cache = (): LocalCache => new LocalCache(join(root, 'cache'), { most });
  const artifacts = new ArtifactStore(store, cache());
  return {
    root,
    store,
    artifacts,
    async model(name) {
      const ref = await artifacts.putBytes(Buffer.from(name.padEnd(MODEL, '.')));
      return { digest: ref.sha256, files: [{ path: 'model.onnx.data', ...ref }] };
    },
    another: () => new ArtifactStore(store, cache()),
    kept: ({ sha256: digest }) => existsSync(join(root, 'cache', digest.slice(0, 2), digest)),
  };
}

/** Of all files below a folder, each once however many names it has. */
function bytesBelow(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const stats = files.map((entry) => statSync(join(entry.parentPath, entry.name)));
  return [...new Map(stats.map(({ ino, size }) => [ino, size])).values()].reduce((sum, size) => sum + size, 0);
}

const fileOf = ({ files: [file] }: FileSet): ArtifactRef => {
  assert.ok(file);
  const { path: _, ...ref } = file;
  return ref;
};

describe('LocalCache', () => {
  it('stays below its bound for thirty nights with a model that changes every night, and keeps what does not', async () => {
    const { root, store, artifacts, model } = machine(3.5 * MODEL);
    const base = await model('base');
    for (let night = 0; night < 30; night++) {
      const scratch = join(root, `night-${night}`);
      const tuned = await model(`tuned ${night}`);
      await artifacts.getFolder(base, join(scratch, 'base'));
      await artifacts.getFolder(tuned, join(scratch, 'tuned'));
      assert.equal(
        readFileSync(join(scratch, 'tuned', 'model.onnx.data'), 'utf8')
          .trimEnd()
          .replaceAll('.', ''),
        `tuned ${night}`,
      );
      assert.ok(bytesBelow(join(root, 'cache')) <= 3.5 * MODEL, `night ${night}`);
      rmSync(scratch, { recursive: true });
    }
    assert.equal(store.calls.get('getStream'), 31, 'the base model was fetched once');
  });

  it('removes what was used least recently first', async () => {
    const { root, artifacts, model, kept } = machine(2 * MODEL);
    const [a, b, c] = [await model('a'), await model('b'), await model('c')].map(fileOf) as [
      ArtifactRef,
      ArtifactRef,
      ArtifactRef,
    ];
    for (const ref of [a, b]) await artifacts.withFile(ref, async () => {});
    const longAgo = new Date(0);
    const pathOf = (ref: ArtifactRef): string => join(root, 'cache', ref.sha256.slice(0, 2), ref.sha256);
    for (const ref of [a, b]) utimesSync(pathOf(ref), longAgo, longAgo);
    await artifacts.withFile(a, async () => {});
    await artifacts.withFile(c, async () => {});
    assert.deepEqual([kept(a), kept(b), kept(c)], [true, false, true]);
  });

  it('keeps what this process, another one or a folder has open, and does not keep what does not fit beside it', async () => {
    const { root, artifacts, another, model, kept } = machine(2 * MODEL);
    const [read, laid, third] = [await model('read'), await model('laid'), await model('third')];
    await another().getFolder(laid, join(root, 'encoder'));
    await another().withFile(fileOf(read), async (path) => {
      await artifacts.getFolder(third, join(root, 'third'));
      assert.ok(existsSync(path));
      assert.deepEqual([kept(fileOf(read)), kept(fileOf(laid)), kept(fileOf(third))], [true, true, false]);
      assert.ok(bytesBelow(join(root, 'cache')) <= 2 * MODEL);
    });
    assert.ok(existsSync(join(root, 'third', 'model.onnx.data')), 'whoever asked for it has it');
    rmSync(join(root, 'encoder'), { recursive: true });
    await artifacts.withFile(fileOf(third), async () => {});
    assert.ok(kept(fileOf(third)));
    assert.ok(bytesBelow(join(root, 'cache')) <= 2 * MODEL);
  });

  it('counts a download from its first byte, so that two at a time keep the bound', async () => {
    const { root, artifacts, another, model } = machine(3 * MODEL);
    const models = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => model(name)));
    for (const one of models.slice(0, 3)) await artifacts.withFile(fileOf(one), async () => {});
    await Promise.all(
      models
        .slice(3)
        .map((one) =>
          another().withFile(fileOf(one), async () => assert.ok(bytesBelow(join(root, 'cache')) <= 3 * MODEL)),
        ),
    );
    assert.ok(bytesBelow(join(root, 'cache')) <= 3 * MODEL);
  });

  it('writes no more of an object than its reference says, and leaves no part of a failed download', async () => {
    const { root, store, artifacts } = machine(10 * MODEL);
    const long = Buffer.alloc(10_000, 'x');
    const { key } = await artifacts.putBytes(long);
    const forged = { ...artifactRefOf(sha256(long), 10), key };
    await assert.rejects(
      artifacts.withFile(forged, async () => {}),
      { name: 'ArtifactLostError' },
    );
    store.failNext('getStream', new Error('connection reset'));
    await assert.rejects(
      artifacts.withFile(artifactRefOf(sha256(long), long.length), async () => {}),
      /connection reset/,
    );
    assert.equal(bytesBelow(join(root, 'cache')), 0);
  });

  it('names a file by nothing but a digest', async () => {
    const { artifacts } = machine(MODEL);
    const forged = { ...artifactRefOf('a'.repeat(64), 1), sha256: '../../secret' };
    await assert.rejects(
      artifacts.withFile(forged, async () => {}),
      RangeError,
    );
  });
});
