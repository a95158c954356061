import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { UsageError } from '../../cli/exit.ts';
import { backfillRange } from '../../cli/schedule/backfill-range.ts';
import { durationText, parseDuration } from '../../cli/schedule/duration.ts';
import { formatZoned, knownZone, zonedInstant } from '../../cli/schedule/zoned-time.ts';

const PARIS = 'Europe/Paris';
/** Zones with half hours, both hemispheres, and changes of clocks by 30 minutes and at midnight. */
const ZONES = ['UTC', PARIS, 'America/St_Johns', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/Santiago'];

describe('a duration', () => {
  for (const [text, milliseconds] of [
    ['90s', 90_000],
    ['10m', 600_000],
    ['6h', 21_600_000],
    ['2d', 172_800_000],
    ['0s', 0],
  ] as const) {
    it(`"${text}" is ${milliseconds} ms`, () => {
      assert.equal(parseDuration(text), milliseconds);
    });
  }

  for (const text of ['', '6', 'h', '-6h', '1.5h', '6 h', '6H', '1h30m', '9999999d']) {
    it(`"${text}" is refused`, () => {
      assert.throws(() => parseDuration(text), /It is a whole number and a unit/);
    });
  }

  it('reads as what it was said as', () => {
    fc.assert(
      fc.property(fc.nat(999_999), fc.constantFrom('s', 'm', 'h', 'd'), (count, unit) => {
        const milliseconds = parseDuration(`${count}${unit}`);
        assert.equal(parseDuration(durationText(milliseconds)), milliseconds);
      }),
    );
    assert.equal(durationText(21_600_000), '6h');
    assert.equal(durationText(5_400_000), '90m');
    assert.equal(durationText(1_500), '1s');
  });
});

describe('the time of a zone', () => {
  it('is told with its offset, west of Greenwich and with half hours too', () => {
    const instant = Date.UTC(2026, 10, 25, 1);
    assert.equal(formatZoned(instant, PARIS), '2026-11-25 02:00:00 +01:00');
    assert.equal(formatZoned(instant, 'UTC'), '2026-11-25 01:00:00 +00:00');
    assert.equal(formatZoned(instant, 'America/St_Johns'), '2026-11-24 21:30:00 -03:30');
    assert.equal(formatZoned(instant + 999, PARIS), '2026-11-25 02:00:00 +01:00');
  });

  it('is found again from what the clocks show', () => {
    const instants = fc.date({ min: new Date('1990-01-01'), max: new Date('2036-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(instants, fc.constantFrom(...ZONES), (at, zone) => {
        const instant = Math.floor(at.getTime() / 1_000) * 1_000;
        const shown = formatZoned(instant, zone);
        const wall = Date.parse(`${shown.slice(0, 19).replace(' ', 'T')}Z`);
        const found = zonedInstant(wall, zone);
        // The earlier one of two where clocks have gone back.
        assert.equal(formatZoned(found, zone).slice(0, 19), shown.slice(0, 19));
        assert.ok(found <= instant);
      }),
    );
  });

  it('that comes twice is the first', () => {
    assert.equal(zonedInstant(Date.UTC(2026, 9, 25, 2, 30), PARIS), Date.UTC(2026, 9, 25, 0, 30));
  });

  it('that clocks leave out lies as long after the change', () => {
    assert.equal(zonedInstant(Date.UTC(2026, 2, 29, 2, 30), PARIS), Date.UTC(2026, 2, 29, 1, 30));
  });

  it('is UTC where the zone is unknown here, or none is given', () => {
    assert.deepEqual([PARIS, '', 'Mars/Olympus'].map(knownZone), [PARIS, 'UTC', 'UTC']);
  });
});

describe('the range of a backfill', () => {
  const NOW = Date.parse('2026-11-24T12:00:00Z');
  const range = (from: string, to: string): string[] => {
    const { from: first, to: last } = backfillRange(from, to, PARIS, NOW);
    return [first, last].map((time) => new Date(time).toISOString());
  };

  it('is whole days by the clocks of the schedule where dates are given', () => {
    assert.deepEqual(range('2026-03-28', '2026-03-29'), ['2026-03-27T23:00:00.000Z', '2026-03-29T21:59:59.000Z']);
  });

  it('takes times by the same clocks, and by others where they say so', () => {
    assert.deepEqual(range('2026-03-28T02:00', '2026-03-28T02:30:15'), [
      '2026-03-28T01:00:00.000Z',
      '2026-03-28T01:30:15.000Z',
    ]);
    assert.deepEqual(range('2026-03-28T02:00Z', '2026-03-28T02:00-05:00'), [
      '2026-03-28T02:00:00.000Z',
      '2026-03-28T07:00:00.000Z',
    ]);
  });

  it('ends now, since what is to come is left to the schedule', () => {
    assert.deepEqual(range('2026-11-24', '2026-11-24'), ['2026-11-23T23:00:00.000Z', '2026-11-24T12:00:00.000Z']);
  });

  for (const [from, to, message] of [
    ['yesterday', '2026-11-24', /^--from "yesterday": it is a date/],
    ['2026-02-30', '2026-11-24', /^--from "2026-02-30": it is a date/],
    ['2026-11-20', '2026-13-01', /^--to "2026-13-01": it is a date/],
    ['2026-11-20', '2026-11-20T25:00', /^--to "2026-11-20T25:00": it is a date/],
    ['2026-11-20', '2026-11-20T02:00+99:00', /^--to "2026-11-20T02:00\+99:00": it is a date/],
    ['2026-11-25', '2026-11-26', /^--from "2026-11-25": it lies in the future/],
    ['2026-11-20', '2026-11-19', /^--to "2026-11-19": it comes before --from, 2026-11-20 00:00:00 \+01:00/],
  ] as const) {
    it(`from ${from} to ${to} is refused`, () => {
      assert.throws(
        () => backfillRange(from, to, PARIS, NOW),
        (error: Error) => {
          assert.ok(error instanceof UsageError);
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }
});
