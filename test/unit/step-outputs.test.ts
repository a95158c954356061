/** What a step put out is named by digests wherever they stand in its result. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { digestOf } from '../../core/canonical.ts';
import { outputsOf } from '../../core/step-outputs.ts';

const [A, B] = ['ab'.repeat(32), 'cd'.repeat(32)] as const;

describe('the outputs of a step', () => {
  it('are its digests by their paths, in the order of the paths', () => {
    const result = { weights: { digest: B, files: [{ path: 'x', key: `artifacts/${A}`, sha256: A }] }, steps: 3 };
    assert.deepEqual(Object.entries(outputsOf(result)), [
      ['weights.digest', B],
      ['weights.files.0.sha256', A],
    ]);
  });

  it('are the result itself where it is figures alone', () => {
    const result = { mean: 0.5, note: null };
    assert.deepEqual(outputsOf(result), { result: digestOf(result) });
  });

  it('are no longer strings, nor upper case', () => {
    assert.deepEqual(Object.keys(outputsOf({ a: `${A}0`, b: A.toUpperCase() })), ['result']);
  });
});
