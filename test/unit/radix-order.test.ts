/** Orders by radix sort: those of a comparison sort, for every input. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { positionsOf, sortByKey, sortByValue } from '../../core/radix-order.ts';
import { KEY_BYTES, keyAt } from '../../core/text-key.ts';

describe('sortByValue', () => {
  it('sorts by unsigned 32-bit values and keeps the order of equal ones', () => {
    const value = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 200 }), (values) => {
        const positions = positionsOf(values.length);
        sortByValue(positions, (position) => values[position]!);
        assert.deepEqual(
          [...positions],
          [...values.keys()].sort((a, b) => values[a]! - values[b]! || a - b),
        );
      }),
    );
  });

  it('sorts a part of the positions', () => {
    const positions = Uint32Array.of(4, 2, 0);
    sortByValue(positions, (position) => 10 - position);
    assert.deepEqual([...positions], [4, 2, 0]);
  });
});

describe('sortByKey', () => {
  it('sorts as Buffer.compare does, also keys that begin alike or are equal', () => {
    // Few different bytes, so that prefixes of any length are shared.
    const key = fc.oneof(
      fc.uint8Array({ minLength: KEY_BYTES, maxLength: KEY_BYTES }),
      fc.array(fc.constantFrom(0, 127, 128, 255), { minLength: 2, maxLength: 2 }).map(([first, last]) => {
        const bytes = new Uint8Array(KEY_BYTES).fill(9);
        bytes.set([first!], 7);
        bytes.set([last!], KEY_BYTES - 1);
        return bytes;
      }),
    );
    fc.assert(
      fc.property(fc.array(key, { maxLength: 60 }), (list) => {
        // A view that does not begin where its buffer does.
        const keys = new Uint8Array([1, ...list.flatMap((bytes) => [...bytes])]).subarray(1);
        const positions = positionsOf(list.length);
        sortByKey(positions, keys);
        assert.deepEqual(
          [...positions],
          [...list.keys()].sort((a, b) => Buffer.compare(keyAt(keys, a), keyAt(keys, b)) || a - b),
        );
      }),
    );
  });
});
