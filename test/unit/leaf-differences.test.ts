/** Where two JSON values differ, and how far numbers are apart. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { largestDifference } from '../../core/largest-difference.ts';
import { leafDifferences, leavesOf } from '../../core/leaf-differences.ts';

test('leaves stand under their dotted paths, elements of arrays by their position', () => {
  assert.deepEqual(leavesOf({ a: { b: 1, c: [true, null] }, d: {}, e: [] }), [
    ['a.b', 1],
    ['a.c.0', true],
    ['a.c.1', null],
    ['d', {}],
    ['e', []],
  ]);
  assert.deepEqual(leavesOf('text'), [['', 'text']]);
});

test('values differ in the leaves that are not the same, or that one of them has not', () => {
  const a = { same: 1, other: 'x', onlyA: null, grown: {}, list: [1, 2] };
  const b = { other: 'y', same: 1, grown: { by: 2 }, list: [1, 3], onlyB: 0 };
  assert.deepEqual(leafDifferences(a, b), [
    { path: 'other', a: 'x', b: 'y' },
    { path: 'onlyA', a: null, b: undefined },
    { path: 'grown', a: {}, b: undefined },
    { path: 'list.1', a: 2, b: 3 },
    { path: 'grown.by', a: undefined, b: 2 },
    { path: 'onlyB', a: undefined, b: 0 },
  ]);
});

test('the order of members is no difference, empty objects are equal, and null is no absence', () => {
  assert.deepEqual(leafDifferences({ a: {}, b: [] }, { b: [], a: {} }), []);
  assert.equal(leafDifferences({ a: {} }, { a: [] }).length, 1);
  assert.equal(leafDifferences({ a: null, b: 1 }, { b: 1 }).length, 1);
});

test('numbers are as far apart as the farthest two, and not a number is never near', () => {
  assert.equal(largestDifference([1, 2, 3], [1, 2.5, 2.75]), 0.5);
  assert.equal(largestDifference([], []), 0);
  assert.ok(Number.isNaN(largestDifference([0, NaN, 5], [0, 0, 0])));
  assert.throws(() => largestDifference([1], [1, 2]), RangeError);
});
