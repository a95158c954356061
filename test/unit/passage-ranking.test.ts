/** core/passage-ranking: what a float32 search leaves open, and how exact cosines settle it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PassageRanking, type PlaceRange } from '../../core/passage-ranking.ts';

const NONE = new Set<number>();

function ranking(cosines: readonly number[], passages: readonly number[] = [...cosines.keys()]): PassageRanking {
  return new PassageRanking(Int32Array.from(passages), Float64Array.from(cosines), true);
}

const at = (place: number): PlaceRange[] => [{ start: place, end: place + 1 }];

describe('a ranking out of a search', () => {
  test('has no answers', () => {
    const cosines = Float32Array.of(0.75, 0.5, 0.25);
    const found = PassageRanking.without(new Set([5]), Int32Array.of(3, 5, 1), cosines, 3);
    assert.deepEqual([...found.passages], [3, 1]);
    assert.deepEqual([...found.cosines], [0.75, 0.25]);
    assert.equal(found.complete, true);
  });

  test('is cut off, when incomplete, where it may tie with a passage that was not found', () => {
    const cosines = Float32Array.of(0.75, 0.5, 0.25 + 1e-6, 0.25);
    const found = PassageRanking.without(NONE, Int32Array.of(3, 5, 1, 4), cosines, 9);
    assert.deepEqual([...found.passages], [3, 5]);
    assert.equal(found.complete, false);
  });
});

test('counts the places above a threshold, not those at it', () => {
  const ranked = ranking([0.9, 0.5, 0.5, 0.1]);
  assert.deepEqual(
    [1, 0.5, 0.4, 0].map((threshold) => ranked.countAbove(threshold)),
    [0, 1, 3, 4],
  );
});

describe('an unsettled run', () => {
  const ranked = ranking([0.9, 0.9 - 2e-6, 0.9 - 5e-6, 0.5, 0.4, 0.4]);

  test('is found as a whole by any of its places', () => {
    for (const place of [0, 1, 2]) assert.deepEqual(ranked.unsettledRun(0, at(place)), { start: 0, end: 3 });
    assert.deepEqual(ranked.unsettledRun(0, [{ start: 3, end: 99 }]), { start: 4, end: 6 });
    assert.equal(ranked.unsettledRun(0, at(3)), null);
  });

  test('is a single place where that ties with the threshold', () => {
    for (const offset of [-1e-6, 0, 1e-6])
      assert.deepEqual(ranked.unsettledRun(0.5 + offset, []), { start: 3, end: 4 });
    assert.equal(ranked.unsettledRun(0.5 + 5e-6, []), null);
  });

  test('is settled by exact cosines: the passages are in their order, equal ones in that of their numbers', () => {
    const tied = ranking([0.6, 0.5 + 1e-6, 0.5, 0.5 - 1e-6], [4, 7, 9, 3]);
    tied.settle(1, [0.4999999, 0.5, 0.5]);
    assert.deepEqual([...tied.passages], [4, 3, 9, 7]);
    assert.deepEqual([...tied.cosines], [0.6, 0.5, 0.5, 0.4999999]);
    assert.equal(tied.unsettledRun(0.5, [{ start: 0, end: 4 }]), null);
  });

  test('grows when an exact cosine comes near to the next place', () => {
    const tied = ranking([0.5, 0.5 - 2e-6, 0.5 - 7e-6]);
    tied.settle(0, [0.5, 0.5 - 4e-6]);
    assert.deepEqual(tied.unsettledRun(0, at(2)), { start: 1, end: 3 });
  });
});
