import assert from 'node:assert/strict';
import test from 'node:test';
import {
  formatBytes,
  formatDifference,
  formatDuration,
  formatInstant,
  formatMetric,
  formatRate,
} from '../../cli/render/quantity.ts';

test('a duration is never shown with sixty seconds or sixty minutes', () => {
  assert.deepEqual([0, 9_949, 9_960, 59_499, 59_500, 119_600, 3_599_499, 3_599_600].map(formatDuration), [
    '0.0s',
    '9.9s',
    '10s',
    '59s',
    '1m 00s',
    '2m 00s',
    '59m 59s',
    '1h 00m',
  ]);
});

test('a rate below ten keeps two significant digits', () => {
  assert.deepEqual([0.2634, 9.96, 64.4, 2_500].map(formatRate), ['0.26/s', '10/s', '64/s', '2,500/s']);
});

test('sizes are in powers of 1,024', () => {
  assert.deepEqual([0, 1_023, 1_536, 90_387_606, 2 ** 50].map(formatBytes), [
    '0 B',
    '1023 B',
    '1.5 KiB',
    '86.2 MiB',
    '1020 TiB',
  ]);
});

test('a difference has its sign, unless it rounds to nothing', () => {
  assert.deepEqual([0.16921, -0.0004, 0.00001, -0.00001].map(formatDifference), [
    '+0.1692',
    '−0.0004',
    '0.0000',
    '0.0000',
  ]);
});

test('a metric that was not measured is a dash', () => {
  assert.equal(formatMetric(undefined), '–');
  assert.equal(formatMetric(1), '1.0000');
});

test('an instant says that it is in UTC', () => {
  assert.equal(formatInstant(Date.UTC(2026, 10, 24, 2, 1, 12, 900)), '2026-11-24 02:01:12Z');
});
