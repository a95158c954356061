/** Stored FAISS indexes: what is written is read, and what is damaged is found out without harm to the process. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import { FaissError, Index, IndexFlatIP } from '../../native/faiss/index.ts';
import { vectors } from './faiss-vectors.ts';

const corpus = vectors(160, 8);
const queries = vectors(5, 8, 2);
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'faiss-stored-'));
});
after(() => rm(folder, { recursive: true }));

async function stored(factory: string): Promise<Uint8Array> {
  const index = Index.fromFactory(8, factory, 'inner-product');
  await index.train(corpus);
  await index.add(corpus);
  return index.toBuffer();
}

function code(wanted: string) {
  return (error: unknown) => error instanceof FaissError && error.code === wanted;
}

describe('a stored index', () => {
  test('is the same from a file and from bytes', async () => {
    const index = new IndexFlatIP(8);
    await index.add(corpus);
    const path = join(folder, 'flat.faiss');
    await index.write(path);
    const bytes = await index.toBuffer();
    assert.deepEqual(new Uint8Array(await readFile(path)), bytes);
    const expected = await index.search(queries, 3);
    for (const copy of [await Index.read(path), await Index.fromBuffer(bytes)]) {
      assert.deepEqual([copy.ntotal, copy.dimensions, copy.metric], [160, 8, 'inner-product']);
      assert.deepEqual(await copy.search(queries, 3), expected);
    }
  });

  test('overwrites the file that it is written to', async () => {
    const path = join(folder, 'again.faiss');
    await writeFile(path, 'x'.repeat(10_000));
    await new IndexFlatIP(8).write(path);
    assert.equal((await Index.read(path)).ntotal, 0);
  });

  test('is not found where there is none, which is told apart from any other trouble', async () => {
    const path = join(folder, 'none', 'x.faiss');
    await assert.rejects(Index.read(path), code('file-not-found'));
    await assert.rejects(new IndexFlatIP(8).write(path), code('file-not-found'));
    await assert.rejects(Index.read(folder), code('file-error'));
    await assert.rejects(new IndexFlatIP(8).write(folder), code('file-error'));
  });

  test('that a full disk cuts short is reported', async () => {
    const index = new IndexFlatIP(8);
    await assert.rejects(index.write('/dev/full'), code('file-error'));
    await index.add(vectors(4000, 8));
    await assert.rejects(index.write('/dev/full'), code('file-error'));
  });
});

describe('a damaged index', () => {
  for (const factory of ['Flat', 'HNSW4', 'IVF2,Flat', 'IVF2,PQ4x2np', 'PQ4x2np', 'SQ8', 'PCA4,Flat']) {
    test(`${factory}: cut short anywhere is refused`, async () => {
      const bytes = await stored(factory);
      const step = Math.max(1, Math.floor(bytes.length / 200));
      for (let length = 0; length < bytes.length; length += length < 200 ? 1 : step) {
        await assert.rejects(Index.fromBuffer(bytes.slice(0, length)), code('corrupt-index'), `${length} bytes`);
      }
    });
  }

  test('that is flat, with any bit of its header flipped, is refused or can be searched', async () => {
    const bytes = await stored('Flat');
    const headerBits = (bytes.length - corpus.byteLength) * 8;
    let refused = 0;
    for (let bit = 0; bit < headerBits; bit += 1) {
      const damaged = bytes.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      try {
        const index = await Index.fromBuffer(damaged);
        await index.search(new Float32Array(index.dimensions), 3);
      } catch (error) {
        assert.ok(error instanceof FaissError);
        refused += 1;
      }
    }
    assert.ok(refused > headerBits / 2, `${refused} of ${headerBits} refused`);
  });

  test('whose length field claims a terabyte asks for no such memory', async () => {
    const bytes = await stored('Flat');
    // The length of the vectors, in floats, stands just before them.
    new DataView(bytes.buffer).setBigUint64(bytes.length - corpus.byteLength - 8, 2n ** 38n, true);
    const residentBefore = process.memoryUsage.rss();
    await assert.rejects(Index.fromBuffer(bytes), code('corrupt-index'));
    assert.ok(process.memoryUsage.rss() - residentBefore < 2 ** 28);
  });

  test('that is no index at all is refused', async () => {
    for (const bytes of [new Uint8Array(0), Buffer.from('PAR1'), new Uint8Array(4096).fill(255)]) {
      await assert.rejects(Index.fromBuffer(bytes), code('corrupt-index'));
    }
    await assert.rejects(Index.fromBuffer('IxFI' as unknown as Uint8Array), code('invalid-argument'));
  });
});
