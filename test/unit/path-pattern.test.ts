import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compilePattern } from '../../adapters/hub/path-pattern.ts';

const MATCHES: readonly (readonly [pattern: string, path: string, matches: boolean])[] = [
  ['data/train-*', 'data/train-00000-of-00001.parquet', true],
  ['data/train-*', 'data/train-0/part.parquet', false],
  ['./data/*.csv', 'data/a.csv', true],
  ['**/*.parquet', 'a.parquet', true],
  ['**/*.parquet', 'fr/civil/a.parquet', true],
  ['**/train*', 'fr/dev/x-train', false],
  ['fr/**', 'fr/civil/a.parquet', true],
  ['fr/**/a.csv', 'fr/a.csv', true],
  ['part-?.csv', 'part-7.csv', true],
  ['part-?.csv', 'part-/.csv', false],
  ['part-[0-3].csv', 'part-2.csv', true],
  ['part-[0-3].csv', 'part-4.csv', false],
  ['part-[!0-3].csv', 'part-4.csv', true],
  ['a+b(c).csv', 'a+b(c).csv', true],
  ['a[', 'a[', true],
  ['', 'a', false],
];

describe('a pattern of a data set’s card', () => {
  for (const [pattern, path, matches] of MATCHES)
    it(`${pattern} ${matches ? 'matches' : 'does not match'} ${path}`, () => {
      assert.equal(compilePattern(pattern)(path), matches);
    });

  // By backtracking, this would take longer than any test may.
  it('is matched however many wildcards it has', () => {
    assert.equal(compilePattern(`${'*a'.repeat(100)}b`)('a'.repeat(250)), false);
    assert.equal(compilePattern(`${'**/'.repeat(90)}b`)('a/'.repeat(120)), false);
  });
});
