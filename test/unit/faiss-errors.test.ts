/** What the FAISS binding refuses, and with which code. */
import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import {
  FaissError,
  type FaissErrorCode,
  Index,
  IndexFlatIP,
  IndexFlatL2,
  setThreads,
} from '../../native/faiss/index.ts';
import { vectors } from './faiss-vectors.ts';

/** For assert.throws and assert.rejects. */
function refusal(code: FaissErrorCode, words: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof FaissError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, words);
    return true;
  };
}

describe('a FaissError is thrown', () => {
  for (const dimensions of [0, -1, 1.5, Number.NaN, 2 ** 31]) {
    test(`for ${dimensions} dimensions`, () => {
      assert.throws(() => new IndexFlatIP(dimensions), refusal('invalid-argument', /dimensions must be a positive/));
    });
  }

  const unmakeable = ['', 'Flatt', 'PQ5', 'PQ0', 'IVF0,Flat', 'Flat,Refine(PQ0)', 'PQ8x99', 'IVF99999999999,Flat'];
  for (const factory of [...unmakeable, 'IVF1000000000,Flat', 'Flat\0', 'x'.repeat(100_000)]) {
    test(`for the factory string ${JSON.stringify(factory.slice(0, 20))}`, () => {
      assert.throws(() => Index.fromFactory(16, factory), refusal('invalid-factory', /can't make an index/));
    });
  }

  test('for a metric that FAISS calls otherwise', () => {
    const metric = 'cosine' as 'l2';
    assert.throws(() => Index.fromFactory(16, 'Flat', metric), refusal('invalid-argument', /inner-product, l2/));
  });

  for (const count of [0, -2, 1.5]) {
    test(`for ${count} threads`, () => {
      assert.throws(() => setThreads(count), refusal('invalid-argument', /number of threads must be a positive/));
    });
  }
});

describe('a promise rejects with a FaissError', () => {
  const index = new IndexFlatL2(16);

  test('for values that are no whole number of vectors', async () => {
    const odd = new Float32Array(17);
    for (const call of [index.add(odd), index.train(odd), index.search(odd, 1)]) {
      await assert.rejects(call, refusal('invalid-length', /17 values .* 16 dimensions/));
    }
  });

  test('for vectors of another type', async () => {
    const doubles = new Float64Array(16) as unknown as Float32Array;
    await assert.rejects(index.add(doubles), refusal('invalid-argument', /must be a Float32Array/));
  });

  for (const k of [0, -1, 2.5, Number.NaN, 2 ** 31]) {
    test(`for k = ${k}`, async () => {
      await assert.rejects(index.search(new Float32Array(16), k), refusal('invalid-argument', /k must be a positive/));
    });
  }

  test('for more results than memory holds', async () => {
    const call = index.search(new Float32Array(16 * 100_000), 2 ** 31 - 1);
    await assert.rejects(call, refusal('out-of-memory', /100000 queries/));
  });

  test('for an untrained index', async () => {
    const untrained = Index.fromFactory(16, 'IVF4,Flat');
    for (const call of [untrained.add(vectors(1, 16)), untrained.search(vectors(1, 16), 1)]) {
      await assert.rejects(call, refusal('not-trained', /call train\(\) first/));
    }
  });

  test('for too few training vectors, in the words of FAISS without its source lines', async () => {
    const call = Index.fromFactory(16, 'IVF64,Flat').train(vectors(10, 16));
    await assert.rejects(call, refusal('faiss', /^can't train with 10 vectors: (?!Error in).*training points/));
  });

  for (const id of [-1, 0, 0.5, 2 ** 60]) {
    test(`for the id ${id} of an empty index`, async () => {
      await assert.rejects(index.reconstruct(id), refusal('invalid-id', /id/));
    });
  }

  for (const parameters of ['nprobe=4', 'efSearch', 'x=y']) {
    test(`for the parameters "${parameters}" of a flat index`, async () => {
      await assert.rejects(index.setParameters(parameters), refusal('invalid-parameters', /can't set/));
    });
  }

  test('for every call after dispose, and the getters throw it', async () => {
    const gone = new IndexFlatIP(4);
    gone.dispose();
    gone.dispose();
    const one = new Float32Array(4);
    const calls = [gone.add(one), gone.train(one), gone.search(one, 1), gone.reconstruct(0), gone.toBuffer()];
    for (const call of [...calls, gone.write('/nowhere'), gone.setParameters('nprobe=1')]) {
      await assert.rejects(call, refusal('disposed', /is disposed/));
    }
    assert.throws(() => gone.ntotal, refusal('disposed', /is disposed/));
  });

  test('and the index works on after it', async () => {
    const other = new IndexFlatIP(16);
    await assert.rejects(other.add(new Float32Array(3)));
    await assert.rejects(other.setParameters('nprobe=4'));
    await other.add(vectors(3, 16));
    assert.equal(other.ntotal, 3);
  });
});
