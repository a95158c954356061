import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { canonicalLength, planBatches } from '../../core/batches.ts';

const limits = { tokensPerBatch: 256, maxLength: 100, leastRows: 2 };

/** Token counts from 1 to 100 by a fixed congruential sequence. */
function tokenCounts(n: number): number[] {
  let state = 1;
  return Array.from({ length: n }, () => {
    state = (state * 48271) % 2147483647;
    return 1 + (state % 100);
  });
}

describe('canonicalLength', () => {
  test('rounds up to a multiple of eight and stops at the maximum', () => {
    const lengths = [1, 7, 8, 9, 16, 96, 97, 100].map((count) => canonicalLength(count, 100));
    assert.deepEqual(lengths, [8, 8, 8, 16, 16, 96, 100, 100]);
  });

  test('refuses counts that are no length of a truncated text', () => {
    for (const count of [0, -1, 1.5, 101, Number.NaN]) assert.throws(() => canonicalLength(count, 100), RangeError);
  });
});

describe('planBatches', () => {
  test('puts every text in exactly one batch of its own canonical length', () => {
    const counts = tokenCounts(500);
    const batches = planBatches(counts, limits);
    assert.deepEqual(
      batches.flatMap((batch) => batch.indices).sort((a, b) => a - b),
      counts.map((_, index) => index),
    );
    for (const { length, indices } of batches)
      for (const index of indices) assert.equal(canonicalLength(counts[index] ?? 0, 100), length);
  });

  test('keeps to the token budget wherever that leaves enough rows', () => {
    for (const leastRows of [1, 2, 5])
      for (const { length, indices } of planBatches(tokenCounts(500), { ...limits, leastRows }))
        assert.ok(indices.length < 2 * leastRows || indices.length * length <= 256, `${indices.length} × ${length}`);
  });

  test('gives a batch too few rows only where no other text has its length', () => {
    const counts = tokenCounts(500);
    for (const leastRows of [2, 3, 8, 16])
      for (const { length, indices } of planBatches(counts, { ...limits, leastRows })) {
        const ofThatLength = counts.filter((count) => canonicalLength(count, 100) === length);
        assert.ok(indices.length >= Math.min(leastRows, ofThatLength.length), `${indices.length} × ${length}`);
      }
  });

  test('makes batches of one length nearly equal', () => {
    const sizes = planBatches(Array<number>(33).fill(8), limits).map((batch) => batch.indices.length);
    assert.deepEqual(sizes, [16, 17]);
    assert.deepEqual(planBatches([100, 100, 100], limits), [{ length: 100, indices: [0, 1, 2] }]);
  });

  test('plans longest texts first, and the same plan for the same counts', () => {
    const counts = tokenCounts(200);
    const plan = planBatches(counts, limits);
    const lengths = plan.map((batch) => batch.length);
    assert.deepEqual(
      lengths,
      [...lengths].sort((a, b) => b - a),
    );
    assert.deepEqual(planBatches(Uint32Array.from(counts), limits), plan);
  });

  test('plans nothing for no texts', () => {
    assert.deepEqual(planBatches([], limits), []);
  });
});
