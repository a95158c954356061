/** The FAISS binding's results, through its public API. */
import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import { faissVersion, Index, IndexFlatIP, IndexFlatL2, setThreads, threads } from '../../native/faiss/index.ts';
import { row, vectors } from './faiss-vectors.ts';

const DIMENSIONS = 16;
// Several threads link an HNSW graph in an order that is left to chance, and on work this small they only wait.
setThreads(1);

const corpus = vectors(700, DIMENSIONS);
const queries = vectors(20, DIMENSIONS, 2);

async function filled(factory: string): Promise<Index> {
  const index = Index.fromFactory(DIMENSIONS, factory, 'inner-product');
  await index.train(corpus);
  await index.add(corpus);
  return index;
}

/** Ids of the corpus by descending score. */
function ranked(query: Float32Array, score: (a: number, b: number) => number): { id: number; score: number }[] {
  return Array.from({ length: 700 }, (_, id) => {
    const vector = row(corpus, DIMENSIONS, id);
    return { id, score: vector.reduce((sum, value, i) => sum + score(value, query[i]!), 0) };
  }).sort((a, b) => b.score - a.score);
}

describe('exact search', () => {
  test('IndexFlatIP finds what a plain loop over inner products finds', async () => {
    const index = new IndexFlatIP(DIMENSIONS);
    await index.add(corpus);
    const { distances, labels } = await index.search(queries, 10);
    for (let query = 0; query < 20; query += 1) {
      const expected = ranked(row(queries, DIMENSIONS, query), (a, b) => a * b).slice(0, 10);
      assert.deepEqual(
        [...labels.subarray(query * 10, query * 10 + 10)],
        expected.map(({ id }) => id),
      );
      for (const [rank, { score }] of expected.entries()) {
        assert.ok(Math.abs(distances[query * 10 + rank]! - score) < 1e-5);
      }
    }
  });

  test('IndexFlatL2 gives squared distances, nearest first', async () => {
    const index = new IndexFlatL2(DIMENSIONS);
    await index.add(corpus);
    const { distances, labels } = await index.search(queries, 3);
    const expected = ranked(row(queries, DIMENSIONS, 7), (a, b) => -((a - b) ** 2)).slice(0, 3);
    assert.deepEqual(
      [...labels.subarray(21, 24)],
      expected.map(({ id }) => id),
    );
    assert.ok(Math.abs(distances[21]! + expected[0]!.score) < 1e-5);
  });

  test('a k beyond ntotal pads with label −1 and the worst distance', async () => {
    const index = new IndexFlatIP(2);
    await index.add(Float32Array.of(1, 0, 0, 1));
    const { distances, labels } = await index.search(Float32Array.of(1, 0.5), 4);
    assert.deepEqual([...labels], [0, 1, -1, -1]);
    assert.deepEqual([...distances.subarray(0, 2)], [1, 0.5]);
    assert.ok(distances[2]! < -3e38 && distances[3]! < -3e38);
  });

  test('an empty index, no vectors and no queries are all in order', async () => {
    const index = new IndexFlatIP(DIMENSIONS);
    await index.add(new Float32Array(0));
    assert.equal(index.ntotal, 0);
    assert.deepEqual([...(await index.search(row(queries, DIMENSIONS, 0), 2)).labels], [-1, -1]);
    assert.equal((await index.search(new Float32Array(0), 2)).labels.length, 0);
  });

  test('reads a view into a larger or shared buffer where it lies', async () => {
    const shared = new Float32Array(new SharedArrayBuffer(corpus.byteLength));
    shared.set(corpus);
    const index = new IndexFlatIP(DIMENSIONS);
    await index.add(shared.subarray(DIMENSIONS * 3, DIMENSIONS * 5));
    assert.deepEqual(await index.reconstruct(1), row(corpus, DIMENSIONS, 4).slice());
  });
});

describe('factory strings', () => {
  for (const factory of ['Flat', 'HNSW16', 'IVF8,Flat', 'IVF8,PQ4x4np', 'PQ8x4np', 'SQ8', 'PCA8,Flat']) {
    test(`${factory} gives the same bits twice`, async () => {
      const [one, two] = await Promise.all([filled(factory), filled(factory)]);
      assert.equal(one.ntotal, 700);
      assert.deepEqual(await one.search(queries, 5), await two.search(queries, 5));
      assert.deepEqual(await one.toBuffer(), await two.toBuffer());
    });
  }

  test('the metric is L2 unless said otherwise, as in FAISS', () => {
    assert.equal(Index.fromFactory(4, 'Flat').metric, 'l2');
    assert.equal(new IndexFlatL2(4).metric, 'l2');
    assert.equal(new IndexFlatIP(4).metric, 'inner-product');
  });

  test('setParameters widens a search: nprobe = nlist finds what exact search finds', async () => {
    const [exact, inverted] = await Promise.all([filled('Flat'), filled('IVF8,Flat')]);
    const expected = (await exact.search(queries, 10)).labels;
    assert.notDeepEqual((await inverted.search(queries, 10)).labels, expected);
    await inverted.setParameters('nprobe=8');
    assert.deepEqual((await inverted.search(queries, 10)).labels, expected);
  });

  test('isTrained turns true with train, ntotal grows with add', async () => {
    const index = Index.fromFactory(DIMENSIONS, 'IVF8,Flat');
    assert.deepEqual([index.isTrained, index.ntotal, index.dimensions], [false, 0, DIMENSIONS]);
    await index.train(corpus);
    await index.add(corpus);
    assert.deepEqual([index.isTrained, index.ntotal, index.dimensions], [true, 700, DIMENSIONS]);
  });
});

describe('concurrency', () => {
  test('calls take effect in the order in which they are made, awaited or not', async () => {
    const index = Index.fromFactory(DIMENSIONS, 'IVF8,Flat', 'inner-product');
    const query = row(corpus, DIMENSIONS, 0);
    const trained = index.train(corpus);
    const before = index.search(query, 1);
    const added = index.add(corpus);
    const afterwards = index.search(query, 1);
    await Promise.all([trained, added]);
    assert.deepEqual([...(await before).labels], [-1]);
    assert.notDeepEqual([...(await afterwards).labels], [-1]);
  });

  test('forty searches and adds at once give what they give one by one', async () => {
    const index = new IndexFlatIP(DIMENSIONS);
    const searches = Array.from({ length: 20 }, (_, i) => {
      void index.add(row(corpus, DIMENSIONS, i));
      return index.search(row(queries, DIMENSIONS, i), 20);
    });
    for (const [i, { labels }] of (await Promise.all(searches)).entries()) {
      const found = [...labels].filter((label) => label >= 0).sort((a, b) => a - b);
      assert.deepEqual(
        found,
        Array.from({ length: i + 1 }, (_, id) => id),
      );
    }
  });

  test('the event loop turns while a search runs', async () => {
    const index = new IndexFlatIP(256);
    await index.add(vectors(4000, 256));
    let turns = 0;
    let running = true;
    const count = () => {
      turns += 1;
      if (running) setImmediate(count);
    };
    setImmediate(count);
    await index.search(vectors(2000, 256, 2), 10);
    running = false;
    assert.ok(turns > 100, `${turns} turns`);
  });
});

describe('threads', () => {
  test('the number of threads changes no result of exact search', async () => {
    const index = await filled('Flat');
    setThreads(1);
    const one = await index.search(queries, 10);
    setThreads(2);
    assert.equal(threads(), 2);
    assert.deepEqual(await index.search(queries, 10), one);
  });

  test('the version is the one of the library that was linked in', () => {
    assert.match(faissVersion(), /^1\.\d+\.\d+$/);
  });
});
