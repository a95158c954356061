/** Units a second over the recent past. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { RateMeter } from '../../activities/rate.ts';

it('has no rate before two readings at different times', () => {
  const meter = new RateMeter(() => 0);
  assert.equal(meter.read(1), undefined);
  assert.equal(meter.read(2), undefined);
});

it('is units a second, whatever came before the first reading', () => {
  let now = 0;
  const meter = new RateMeter(() => now);
  meter.read(100);
  now = 2_000;
  assert.equal(meter.read(110), 5);
});

it('forgets a slow start', () => {
  let now = 0;
  const meter = new RateMeter(() => now);
  meter.read(0);
  now = 60_000;
  let rate: number | undefined;
  for (let done = 1; done <= 40; done++) {
    now += 100;
    rate = meter.read(done);
  }
  assert.ok(rate !== undefined && Math.abs(rate - 10) < 1e-9);
});
