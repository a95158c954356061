/** Runs of a schedule on a real Temporal server, and no worker: a run that was started stays open. */
import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { until } from '../fixtures/cli-session.ts';
import { freshId, startScheduleServer, type ScheduleServer } from '../fixtures/schedule-server.ts';

let server: ScheduleServer;

before(async () => {
  server = await startScheduleServer();
});

after(() => server.stop());

describe('veille schedule trigger', { timeout: 60_000 }, () => {
  it('starts a run that is named after the schedule and the day', async () => {
    const id = await server.created();
    const out = await server.done('trigger', id);
    assert.match(out, new RegExp(`^Started ${id}-\\d{4}-\\d\\d-\\d\\dT[\\d:]+Z, run [0-9a-f-]{36}\\nhttp://ui/`));
    const report = await server.done('show', id);
    assert.match(report, new RegExp(`^${id}-\\S+Z +\\d{4}-\\d\\d-\\d\\d [\\d:]+ \\+0[12]:00 +running$`, 'm'));
  });

  it('starts none while another run goes on, and one when that has ended', async () => {
    const id = await server.created();
    const { run } = JSON.parse(await server.done('trigger', id, '--json')) as { run: { workflowId: string } };
    const second = await server.veille('trigger', id);
    assert.deepEqual({ ...second, err: '' }, { code: 1, out: '', err: '' });
    assert.match(second.err, new RegExp(`^No run was started: ${run.workflowId} still goes on`));
    assert.deepEqual((await server.shown(id)).counts, { started: 1, skipped: 1, missed: 0, waiting: 0 });
    await server.client.workflow.getHandle(run.workflowId).terminate();
    await server.done('trigger', id);
    const { counts, runs } = await server.shown(id);
    assert.equal(counts.started, 2);
    assert.deepEqual(
      runs.map(({ status }) => status),
      ['running', 'terminated'],
    );
  });

  it('says that a run waits, under a policy that lets it wait', async () => {
    const id = await server.created('--overlap', 'buffer-one');
    const { run } = JSON.parse(await server.done('trigger', id, '--json')) as { run: { workflowId: string } };
    assert.equal(await server.done('trigger', id), `A run is waiting for ${run.workflowId} to end.\n`);
    assert.match(await server.done('show', id), /^So far +1 started, 1 waiting for another to end$/m);
  });
});

describe('veille schedule backfill', { timeout: 60_000 }, () => {
  const days = ['--from', '2026-03-27', '--to', '2026-03-30'];
  // Clocks go forward on the 29th, when 02:30 is left out.
  const times = ['2026-03-27T01:30:00.000Z', '2026-03-28T01:30:00.000Z', '2026-03-30T00:30:00.000Z'];

  async function nightly(): Promise<string> {
    const id = freshId();
    await server.done('create', id, '--cron', '30 2 * * *', '--timezone', 'Europe/Paris');
    return id;
  }

  it('with --dry-run says what it would start by the clocks of the schedule, and starts nothing', async () => {
    const id = await nightly();
    assert.equal(
      await server.done('backfill', id, ...days, '--dry-run'),
      'Would start 3 runs, one after the other, due at:\n' +
        '  2026-03-27 02:30:00 +01:00\n  2026-03-28 02:30:00 +01:00\n  2026-03-30 02:30:00 +02:00\n',
    );
    assert.deepEqual((await server.shown(id)).counts, { started: 0, skipped: 0, missed: 0, waiting: 0 });
  });

  it('starts exactly those, one after the other', async (t) => {
    const id = await nightly();
    const document = JSON.parse(await server.done('backfill', id, ...days, '--json')) as { times: string[] };
    assert.deepEqual(document.times, times);
    const ids = times.map((time) => `${id}-${time.replace('.000', '')}`);
    for (const [i, workflowId] of ids.entries()) {
      await until(t, async () => (await server.shown(id)).counts.started === i + 1);
      assert.equal((await server.shown(id)).counts.waiting, times.length - i - 1);
      await server.client.workflow.getHandle(workflowId).terminate();
    }
    await until(t, async () => (await server.runsOf(id)).length === times.length);
    assert.deepEqual(await server.runsOf(id), ids);
  });

  it('takes in both bounds', async () => {
    const [from = '', to = ''] = times;
    const out = await server.done(
      'backfill',
      await nightly(),
      '--from',
      from.replace('.000', ''),
      '--to',
      to.replace('.000', ''),
      '--dry-run',
      '--json',
    );
    assert.deepEqual((JSON.parse(out) as { times: string[] }).times, times.slice(0, 2));
  });

  it('refuses a time in which no run was due, and one with more runs than the server keeps', async () => {
    const id = await nightly();
    const hour = ['--from', '2026-03-27T03:00', '--to', '2026-03-27T04:00'];
    assert.match(await server.refused('backfill', id, ...hour), /no run was due between them/);
    assert.match(
      await server.refused('backfill', id, '--from', '2020-01-01', '--to', '2026-01-01'),
      /1000 runs or more/,
    );
  });
});

describe('a server that was down when runs were due', { timeout: 120_000 }, () => {
  /** Kills the server, waits until the last of `due` is over, and starts it again. */
  async function downOver(t: TestContext, due: readonly Date[]): Promise<void> {
    await server.kill();
    const last = Math.max(...due.map((time) => time.getTime()));
    await until(t, () => Date.now() > last);
    await server.start();
  }

  /** Three seconds in a row of one minute, far enough away for the server to be down in time. */
  function soon(): Date[] {
    const earliest = Math.ceil(Date.now() / 1_000) * 1_000 + 8_000;
    const minute = 60_000;
    const first = earliest % minute > minute - 3_000 ? Math.ceil(earliest / minute) * minute : earliest;
    return [0, 1_000, 2_000].map((later) => new Date(first + later));
  }

  /** The expression of these seconds alone. */
  function cronOf(due: readonly Date[]): string {
    const [first = new Date(NaN)] = due;
    const seconds = due.map((time) => time.getUTCSeconds()).join(',');
    const [minute, hour, day] = [first.getUTCMinutes(), first.getUTCHours(), first.getUTCDate()];
    return `${seconds} ${minute} ${hour} ${day} ${first.getUTCMonth() + 1} * ${first.getUTCFullYear()}`;
  }

  it('catches up once, however many were missed', async (t) => {
    const id = freshId();
    const due = soon();
    await server.done('create', id, '--cron', cronOf(due));
    assert.equal((await server.shown(id)).counts.started, 0);
    await downOver(t, due);
    await until(t, async () => (await server.shown(id)).counts.skipped === due.length - 1);
    const { counts, runs } = await server.shown(id);
    assert.deepEqual(counts, { started: 1, skipped: due.length - 1, missed: 0, waiting: 0 });
    assert.equal(runs[0]?.dueAt, due[0]?.toISOString());
    assert.ok(Date.parse(runs[0]?.startedAt ?? '') > (due.at(-1)?.getTime() ?? Infinity));
    await until(t, async () => (await server.runsOf(id)).length > 0);
    assert.deepEqual(await server.runsOf(id), [`${id}-${due[0]?.toISOString().replace('.000', '')}`]);
  });
});
