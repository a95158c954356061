/** nearestPassages where cosines tie: the order is that of the passages' numbers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearestPassages } from '../../activities/nearest-passages.ts';
import { PassageIndex } from '../../activities/passage-index.ts';
import { activityDeps } from '../fixtures/activity-deps.ts';
import { cacheEmbeddings } from '../fixtures/cached-embeddings.ts';
import { encoderRefOf } from '../fixtures/encoder-ref.ts';
import { fakeFileSet } from '../fixtures/fake-ref.ts';

const encoder = encoderRefOf(fakeFileSet('model.onnx'), { dimensions: 2, maxSeqLength: 8 });

async function indexOf(vectors: readonly (readonly number[])[]): Promise<PassageIndex> {
  const deps = activityDeps();
  const named = new Map(vectors.map((vector, passage) => [`passage ${passage}`, vector]));
  await cacheEmbeddings(deps, encoder, named, 7);
  return PassageIndex.over(deps.embeddings(encoder), [...named.keys()], new AbortController().signal);
}

const queries = { values: Float32Array.of(1, 0, 0, 1), dimensions: 2 };

test('more passages that tie than a first search takes are ranked by their numbers', async () => {
  const index = await indexOf(Array.from({ length: 100 }, (_, passage) => (passage % 10 === 3 ? [0, 1] : [1, 0])));
  const [first, second] = await nearestPassages(index, queries, 10);
  assert.deepEqual([...first!], [0, 1, 2, 4, 5, 6, 7, 8, 9, 10]);
  assert.deepEqual([...second!], [3, 13, 23, 33, 43, 53, 63, 73, 83, 93]);
  index.dispose();
});

test('of fewer passages than are wanted each query gets all', async () => {
  const index = await indexOf([
    [0, 1],
    [1, 0],
    [1, 0],
  ]);
  const found = await nearestPassages(index, queries, 10);
  assert.deepEqual(
    found.map((passages) => [...passages]),
    [
      [1, 2, 0],
      [0, 1, 2],
    ],
  );
  index.dispose();
});
