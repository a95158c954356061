import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layoutOf } from '../../adapters/encoder/session-layout.ts';

const GIB = 2 ** 30;

test('a small model gets a session a thread', () => {
  assert.deepEqual(layoutOf(2, 0.09 * GIB, 24 * GIB), { sessions: 2, threadsEach: 1 });
  assert.deepEqual(layoutOf(8, 0.09 * GIB, 24 * GIB), { sessions: 8, threadsEach: 1 });
});

test('a large one gets no more sessions than a quarter of the memory holds, and no thread is left over', () => {
  assert.deepEqual(layoutOf(8, 2.3 * GIB, 64 * GIB), { sessions: 2, threadsEach: 4 });
  assert.deepEqual(layoutOf(9, 1 * GIB, 17 * GIB), { sessions: 1, threadsEach: 9 });
  assert.deepEqual(layoutOf(9, 1 * GIB, 26 * GIB), { sessions: 3, threadsEach: 3 });
});

test('there is one in any case', () => {
  assert.deepEqual(layoutOf(2, 4 * GIB, 8 * GIB), { sessions: 1, threadsEach: 2 });
  assert.deepEqual(layoutOf(1, 4 * GIB, 8 * GIB), { sessions: 1, threadsEach: 1 });
});
