/** Days on which a schedule has no run, since clocks go forward over its hour. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lostDays, lostDayTexts } from '../../cli/schedule/clock-gaps.ts';

type Calendars = NonNullable<Parameters<typeof lostDays>[0]['calendars']>;
type Calendar = Calendars[number];

const range = <T>(start: T, end: T = start, step = 1) => [{ start, end, step }];
const daily = (minute: number, hour: number, more: Partial<Calendar> = {}): Calendar => ({
  second: range(0),
  minute: range(minute),
  hour: range(hour),
  dayOfMonth: range(1, 31),
  month: range('JANUARY', 'DECEMBER'),
  dayOfWeek: range('SUNDAY', 'SATURDAY'),
  year: [],
  comment: '',
  ...more,
});
const YEAR = { from: Date.UTC(2026, 0, 1), to: Date.UTC(2027, 0, 1) };
const lost = (zone: string, ...calendars: Calendars) =>
  lostDays({ calendars }, zone, YEAR).map(({ day, time }) => `${day} ${time}`);

describe('the days that daylight saving takes from a schedule', () => {
  it('are those whose time no clock of the zone shows', () => {
    assert.deepEqual(lost('America/Santiago', daily(0, 0)), ['2026-09-06 00:00']);
    assert.deepEqual(lost('Europe/Paris', daily(30, 2)), ['2026-03-29 02:30']);
    assert.deepEqual(lost('Australia/Lord_Howe', daily(15, 2)), ['2026-10-04 02:15']);
  });

  it('are none where clocks never change, and none just before and after the gap', () => {
    assert.deepEqual(lost('UTC', daily(30, 2)), []);
    assert.deepEqual(lost('Europe/Paris', daily(59, 1), daily(0, 3)), []);
  });

  it('are none where another run is due on the same day', () => {
    assert.deepEqual(lost('Europe/Paris', daily(30, 2), daily(0, 14)), []);
    assert.deepEqual(lost('Europe/Paris', daily(0, 0, { hour: range(0, 23, 2) })), []);
  });

  it('are those of the schedule’s own months, weekdays and years', () => {
    assert.deepEqual(lost('Europe/Paris', daily(0, 2, { month: range('APRIL', 'JUNE') })), []);
    assert.deepEqual(lost('Europe/Paris', daily(0, 2, { dayOfWeek: range('MONDAY', 'FRIDAY') })), []);
    assert.deepEqual(lost('Europe/Paris', daily(0, 2, { dayOfWeek: range('SUNDAY') })), ['2026-03-29 02:00']);
    assert.deepEqual(lost('Europe/Paris', daily(0, 2, { year: range(2027) })), []);
  });

  it('lie within the range, and are none where an interval may be due on any day', () => {
    const noon = { from: Date.UTC(2026, 2, 28, 10), to: Date.UTC(2026, 2, 28, 12) };
    assert.deepEqual(lostDays({ calendars: [daily(30, 2)] }, 'Europe/Paris', noon), []);
    const intervals = [{ every: 3_600_000, offset: 0 }];
    assert.deepEqual(lostDays({ calendars: [daily(30, 2)], intervals }, 'Europe/Paris', YEAR), []);
  });

  it('are told with the zone and what to do', () => {
    const [text = ''] = lostDayTexts([{ day: '2026-09-06', time: '00:00' }], 'America/Santiago');
    assert.match(
      text,
      /^No run on 2026-09-06: clocks of America\/Santiago go forward over 00:00\. .*--timezone UTC\.$/,
    );
  });
});
