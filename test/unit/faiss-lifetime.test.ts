/** What a caller may do to an index and to its arrays while the FAISS binding works on them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import test, { describe } from 'node:test';
import { Worker } from 'node:worker_threads';
import { FaissError, Index, IndexFlatIP } from '../../native/faiss/index.ts';
import { vectors } from './faiss-vectors.ts';

const DIMENSIONS = 128;

async function filled(): Promise<Index> {
  const index = new IndexFlatIP(DIMENSIONS);
  await index.add(vectors(2000, DIMENSIONS));
  return index;
}

/** Allocates enough for the garbage collector to run. */
function provokeCollection(): void {
  for (let i = 0; i < 50; i += 1) new Float32Array(1 << 20).fill(i);
}

describe('an index', () => {
  test('disposed while searches run and wait lets all of them end', async () => {
    const expected = await (await filled()).search(vectors(200, DIMENSIONS, 2), 5);
    const index = await filled();
    const searches = Array.from({ length: 8 }, () => index.search(vectors(200, DIMENSIONS, 2), 5));
    const added = index.add(vectors(10, DIMENSIONS, 3));
    const late = index.search(vectors(200, DIMENSIONS, 2), 5);
    index.dispose();
    for (const result of await Promise.all(searches)) assert.deepEqual(result, expected);
    await added;
    assert.equal((await late).labels.length, 1000);
  });

  test('dropped while its searches wait is kept until they end', async () => {
    const searches = await filled().then((index) =>
      Array.from({ length: 8 }, () => index.search(vectors(200, 128, 2), 5)),
    );
    provokeCollection();
    for (const { labels } of await Promise.all(searches)) assert.equal(labels.length, 1000);
  });
});

describe('an array handed in', () => {
  test('can not be transferred away while it is read', async () => {
    const index = await filled();
    const queries = vectors(200, DIMENSIONS, 2);
    const expected = await index.search(queries.slice(), 5);
    const running = index.search(queries, 5);
    const copy = (() => {
      try {
        return structuredClone(queries, { transfer: [queries.buffer as ArrayBuffer] });
      } catch (error) {
        // Node 20 copies, later versions refuse.
        assert.equal((error as Error).name, 'DataCloneError');
        return queries;
      }
    })();
    assert.equal(queries.length, copy.length);
    assert.deepEqual(await running, expected);
  });

  test('that was transferred away before is refused, though it looks empty', async () => {
    const queries = vectors(3, DIMENSIONS);
    structuredClone(queries, { transfer: [queries.buffer as ArrayBuffer] });
    const index = await filled();
    await assert.rejects(
      index.add(queries),
      (error) => error instanceof FaissError && error.code === 'detached-buffer',
    );
  });

  test('that lies in a resizable buffer is refused, since it could shrink while it is read', async () => {
    const ResizableBuffer = ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer;
    const resizable = new Float32Array(new ResizableBuffer(DIMENSIONS * 4, { maxByteLength: DIMENSIONS * 8 }));
    const index = await filled();
    await assert.rejects(
      index.add(resizable),
      (error) => error instanceof FaissError && error.code === 'invalid-argument',
    );
  });

  test('needs no reference of the caller', async () => {
    const index = new IndexFlatIP(DIMENSIONS);
    const adds = Array.from({ length: 50 }, (_, i) => index.add(vectors(100, DIMENSIONS, i)));
    provokeCollection();
    await Promise.all(adds);
    for (const i of [0, 25, 49]) {
      assert.deepEqual(await index.reconstruct(i * 100 + 99), vectors(100, DIMENSIONS, i).slice(99 * DIMENSIONS));
    }
  });
});

describe('a worker thread', () => {
  const loader = import.meta.resolve('tsx/esm/api');
  const binding = new URL('../../native/faiss/index.ts', import.meta.url).href;

  /** Runs `work` in a thread of its own, beside a filled `index`; resolves with the thread and its first message. */
  async function start(work: string): Promise<{ thread: Worker; message: unknown }> {
    const program = `
      const { parentPort } = require('node:worker_threads');
      (async () => {
        (await import(${JSON.stringify(loader)})).register();
        const { IndexFlatIP } = await import(${JSON.stringify(binding)});
        const index = new IndexFlatIP(128);
        await index.add(new Float32Array(128 * 5000).fill(0.5));
        ${work}
      })();`;
    const thread = new Worker(program, { eval: true });
    const [message] = (await once(thread, 'message')) as [unknown];
    return { thread, message };
  }

  test('has indexes of its own', async () => {
    const work = 'parentPort.postMessage((await index.search(new Float32Array(128).fill(1), 1)).distances[0]);';
    const started = await Promise.all([start(work), start(work)]);
    assert.deepEqual(
      started.map(({ message }) => message),
      [64, 64],
    );
    assert.equal((await start(work)).message, 64);
  });

  test('can be terminated while a search runs', async () => {
    const { thread } = await start(
      'void index.search(new Float32Array(128 * 2000), 10); parentPort.postMessage("runs");',
    );
    await thread.terminate();
    assert.equal((await filled()).ntotal, 2000);
  });
});
