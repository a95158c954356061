import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import pc from 'picocolors';
import { scheduleDocument } from '../../cli/render/schedule-document.ts';
import { scheduleList } from '../../cli/render/schedule-list.ts';
import { scheduleReport } from '../../cli/render/schedule-report.ts';
import { cronTexts } from '../../cli/schedule/cron-text.ts';
import { noteText } from '../../cli/schedule/note.ts';
import type { ScheduledRun, ScheduleView } from '../../cli/schedule/schedule-view.ts';

const colors = pc.createColors(false);
const NIGHT = Date.UTC(2026, 10, 24, 1);
const DAY = 86_400_000;

function nightRun(night: number, more: Partial<ScheduledRun> = {}): ScheduledRun {
  const dueAt = NIGHT + night * DAY;
  return {
    workflowId: `nightly-${new Date(dueAt).toISOString().replace('.000', '')}`,
    runId: `run-${night}`,
    dueAt,
    startedAt: dueAt + 1_000,
    closedAt: dueAt + 186_000,
    status: 'completed',
    verdict: null,
    ...more,
  };
}

function nightly(more: Partial<ScheduleView> = {}): ScheduleView {
  return {
    id: 'nightly',
    cron: ['0 2 * * *'],
    timeZone: 'Europe/Paris',
    jitter: 600_000,
    catchUp: 21_600_000,
    overlap: 'skip',
    pausesOnFailure: true,
    paused: false,
    note: 'Created by ada, 2026-11-01 08:00:00Z: until the audit',
    input: { preset: 'demo' },
    nextTimes: [1, 2, 3, 4, 5, 6].map((night) => NIGHT + night * DAY),
    runs: [nightRun(0, { status: 'running', closedAt: null }), nightRun(-1, { verdict: 'reject' })],
    counts: { started: 12, skipped: 1, missed: 0, waiting: 0 },
    ...more,
  };
}

describe('the report of a schedule', () => {
  it('has its times by its own clocks, its policy, its note, and its runs', () => {
    assert.deepEqual(scheduleReport(nightly(), 'http://ui/nightly', colors), [
      'Schedule nightly, active',
      'http://ui/nightly',
      '',
      'Due       0 2 * * *, clocks of Europe/Paris',
      'Policy    overlap skip, catches up for 6h, up to 10m late at random, pauses when a run fails',
      'Note      Created by ada, 2026-11-01 08:00:00Z: until the audit',
      'Input     { "preset": "demo" }',
      'Next      2026-11-25 02:00:00 +01:00',
      '          2026-11-26 02:00:00 +01:00',
      '          2026-11-27 02:00:00 +01:00',
      '          2026-11-28 02:00:00 +01:00',
      '          2026-11-29 02:00:00 +01:00',
      'So far    12 started, 1 left out since another went on',
      '',
      'run                           due                         state                took',
      '─'.repeat(83),
      'nightly-2026-11-24T01:00:00Z  2026-11-24 02:00:00 +01:00  running',
      'nightly-2026-11-23T01:00:00Z  2026-11-23 02:00:00 +01:00  completed, reject  3m 05s',
    ]);
  });

  it('of a new one has no runs, and says nothing of what is not there', () => {
    const counts = { started: 0, skipped: 0, missed: 0, waiting: 0 };
    const view = nightly({ note: null, jitter: 0, pausesOnFailure: false, runs: [], counts });
    const report = scheduleReport(view, null, colors);
    assert.deepEqual(report.slice(0, 5), [
      'Schedule nightly, active',
      '',
      'Due       0 2 * * *, clocks of Europe/Paris',
      'Policy    overlap skip, catches up for 6h',
      'Input     { "preset": "demo" }',
    ]);
    assert.equal(report.at(-1), 'So far    0 started');
  });

  it('keeps control characters of notes and names from the terminal', () => {
    const note = 'first\nsecond\u001b[2J';
    assert.ok(scheduleReport(nightly({ note }), null, colors).includes('Note      first second\\x1b[2J'));
  });
});

describe('the list of schedules', () => {
  it('has the next run and how the last one ended, and beneath it why a schedule is paused', () => {
    const note = 'Paused by grace, 2026-11-20 08:00:00Z: the corpus moves';
    const weekly = nightly({ id: 'weekly', cron: ['30 3 * * SUN'], timeZone: 'UTC', paused: true, note, runs: [] });
    assert.deepEqual(scheduleList([nightly(), weekly], colors), [
      'schedule  cron          time zone     next run                    last run',
      '─'.repeat(74),
      'nightly   0 2 * * *     Europe/Paris  2026-11-25 02:00:00 +01:00  running',
      'weekly    30 3 * * SUN  UTC           paused                      none yet',
      '',
      'weekly: Paused by grace, 2026-11-20 08:00:00Z: the corpus moves',
    ]);
  });

  it('says how to make one where there is none', () => {
    assert.match(scheduleList([], colors).join('\n'), /veille schedule create --help/);
  });
});

describe('the document of a schedule', () => {
  it('has times in ISO 8601 and durations in seconds', () => {
    const { next, runs, jitterSeconds, catchUpSeconds } = scheduleDocument(nightly(), null);
    assert.equal(next[0], '2026-11-25T01:00:00.000Z');
    assert.deepEqual([jitterSeconds, catchUpSeconds], [600, 21_600]);
    assert.deepEqual(runs[0], {
      workflowId: 'nightly-2026-11-24T01:00:00Z',
      runId: 'run-0',
      status: 'running',
      verdict: null,
      dueAt: '2026-11-24T01:00:00.000Z',
      startedAt: '2026-11-24T01:00:01.000Z',
      closedAt: null,
    });
  });

  it('promises no run while the schedule is paused', () => {
    assert.deepEqual(scheduleDocument(nightly({ paused: true }), null).next, []);
  });
});

describe('a note', () => {
  it('says who, when and why', () => {
    const note = noteText('Paused', { by: 'ada', note: 'GPU maintenance' }, NIGHT);
    assert.equal(note, 'Paused by ada, 2026-11-24 01:00:00Z: GPU maintenance');
  });

  it('without a name has that of the user', () => {
    assert.match(noteText('Resumed', {}, NIGHT), /^Resumed by \S+, 2026-11-24 01:00:00Z$/);
  });
});

describe('times that were not made by this command', () => {
  const every = { start: 0, end: 0, step: 1 };
  const calendar = {
    second: [every],
    minute: [every],
    hour: [{ start: 2, end: 2, step: 1 }],
    dayOfMonth: [{ start: 1, end: 31, step: 1 }],
    month: [{ start: 'JANUARY' as const, end: 'DECEMBER' as const, step: 1 }],
    year: [],
    dayOfWeek: [{ start: 'SUNDAY' as const, end: 'SATURDAY' as const, step: 1 }],
  };

  it('are one expression for each calendar and interval, and those left out after them', () => {
    const holiday = {
      ...calendar,
      dayOfMonth: [{ start: 25, end: 25, step: 1 }],
      month: [{ start: 'DECEMBER' as const, end: 'DECEMBER' as const, step: 1 }],
    };
    assert.deepEqual(
      cronTexts({
        calendars: [calendar, { ...calendar, hour: [{ start: 12, end: 20, step: 4 }] }],
        intervals: [{ every: 86_400_000, offset: 0 }],
        skip: [holiday],
      }),
      ['0 2 * * *', '0 12-20/4 * * *', '@every 1d', 'except 0 2 25 DEC *'],
    );
  });
});
