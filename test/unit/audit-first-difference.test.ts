/** Where two values, or two files, first differ. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { firstByte, firstDifference } from '../../audit/first-difference.ts';

describe('firstDifference', () => {
  it('is null for equal values, whatever the order of their keys', () => {
    assert.equal(firstDifference('o', { a: [1, { b: null }], c: 'x' }, { c: 'x', a: [1, { b: null }] }), null);
  });

  it('names the path of the first value that differs', () => {
    const difference = firstDifference('o', { a: [1, { b: 2 }], c: 3 }, { a: [1, { b: 4 }], c: 5 }, 'root');
    assert.deepEqual(difference, { object: 'o', place: 'root.a.1.b', expected: '2', found: '4' });
  });

  it('names what is there on one side only', () => {
    assert.equal(firstDifference('o', { a: 1 }, { a: 1, b: 2 })?.place, 'b');
    assert.equal(firstDifference('o', { a: 1, b: undefined }, { a: 1 }), null);
    assert.equal(firstDifference('o', [1, 2], [1])?.found, 'nothing');
    assert.equal(firstDifference('o', {}, [])?.found, '[]');
  });

  it('compares numbers to the last bit', () => {
    assert.equal(firstDifference('o', 0.1 + 0.2, 0.3)?.expected, '0.30000000000000004');
  });
});

describe('firstByte', () => {
  it('is null for equal files', () => {
    assert.equal(firstByte('o', Buffer.from('abc'), Buffer.from('abc')), null);
  });

  it('names the offset of the first byte that differs, and where a file ends early', () => {
    assert.equal(firstByte('o', Buffer.from('abcd'), Buffer.from('abXd'))?.place, 'byte 2');
    assert.equal(firstByte('o', Buffer.from('abcd'), Buffer.from('ab'))?.found, 'end of 2 bytes');
  });
});
