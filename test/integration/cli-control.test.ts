/** The commands that change what a run does, and `link`, against a real Temporal server with a scripted `retrain`. */
import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { approve } from '../../cli/commands/approve.ts';
import { cancel } from '../../cli/commands/cancel.ts';
import { link } from '../../cli/commands/link.ts';
import { pause, resume } from '../../cli/commands/pause.ts';
import { run } from '../../cli/commands/run.ts';
import { show } from '../../cli/commands/show.ts';
import { watch } from '../../cli/commands/watch.ts';
import { UsageError } from '../../cli/exit.ts';
import { readRun } from '../../cli/observe/read-run.ts';
import { openSession, until, type Session } from '../fixtures/cli-session.ts';
import { freshId, script } from '../fixtures/scripted-retrain/script.ts';
import { startScriptedServer, type ScriptedServer } from '../fixtures/scripted-retrain/server.ts';

let server: ScriptedServer;

before(async () => {
  server = await startScriptedServer();
});

after(() => server.stop());

function session(t?: TestContext): Session {
  return openSession(server.env, t);
}

describe('veille pause and resume', { timeout: 120_000 }, () => {
  it('hold a run between two steps, tell who did it and why, and let it go on', async (t) => {
    const id = freshId();
    await run(session().context, script('retries', { id }));
    const paused = session();
    await pause(paused.context, id, { by: 'ada', note: 'the bucket moves' });
    const [who, running, wayOut] = paused.out().split('\n');
    assert.match(who ?? '', new RegExp(`^Run ${id} is paused by ada since \\S+ \\S+Z: the bucket moves\\.$`));
    assert.equal(running, 'What runs goes on to its end: fine-tune.');
    assert.equal(wayOut, `No other step starts until \`veille resume ${id}\`.`);
    await until(t, async () => (await readRun(server.env.client, id)).progress?.steps[0]?.state === 'done');
    const shown = session();
    await show(shown.context, id, {});
    assert.match(
      shown.out().replaceAll('\n', ' '),
      new RegExp(`Paused by ada since [^ ]+ [^ ]+Z: the bucket moves\\. It goes on with: veille resume ${id}`),
    );
    await resume(session().context, id, { by: 'ada' });
    await watch(session(t).context, id);
  });

  it('refuse a run that has ended, and one that is not there', async () => {
    const id = freshId();
    await run(session().context, script('ends', { id, wait: true }));
    await assert.rejects(pause(session().context, id, { by: 'ada' }), {
      exitCode: 1,
      message: `Run ${id} can't be paused: it has ended: completed.`,
    });
    await assert.rejects(resume(session().context, 'no-such-run', { by: 'ada' }), {
      exitCode: 2,
      message: /^No run with the workflow ID "no-such-run"/,
    });
  });
});

describe('veille approve', { timeout: 120_000 }, () => {
  /** A run that waits for an answer. */
  async function waiting(t: TestContext): Promise<string> {
    const id = freshId();
    await run(session().context, script('ends', { id }, ['promote=manual']));
    await until(t, async () => ((await readRun(server.env.client, id)).progress?.approvalUntil ?? null) !== null);
    return id;
  }

  it('answers a run that shows its verdict and waits, and the run says who did and why', async (t) => {
    const id = await waiting(t);
    const shown = session();
    await show(shown.context, id, {});
    assert.match(shown.out(), new RegExp(`^Waits for an approval until .*Z: veille approve\\s${id}`, 'm'));
    assert.match(shown.out(), /^promote, against the base model/m);
    const answer = session();
    await approve(answer.context, id, { by: 'ada', note: 'all fine' });
    assert.equal(
      answer.out(),
      `Approved by ada: the candidate of ${id} becomes the champion. \`veille champion\` shows it.\n`,
    );
    const watched = session(t);
    await watch(watched.context, id);
    assert.match(watched.out(), /^Promotion: promoted to revision 1 by ada, .*Z: all fine$/m);
  });

  it('refuses the candidate where it is told to', async (t) => {
    const id = await waiting(t);
    await approve(session().context, id, { by: 'grace', refuse: true, note: 'worse on leases' });
    const { context, out } = session(t);
    await watch(context, id);
    assert.match(out(), /^Promotion: refused by grace, .*Z: worse on leases$/m);
  });

  it('says what a run does that does not wait for an answer', async () => {
    const id = freshId();
    await run(session().context, script('waits', { id }));
    await assert.rejects(approve(session().context, id, { by: 'ada' }), {
      exitCode: 1,
      message: `Run ${id} can't be decided on: the run is not waiting for an approval; it is at fine-tune.`,
    });
  });
});

describe('veille cancel', { timeout: 120_000 }, () => {
  it('ends a run, waits for it where asked, and says what is kept', async () => {
    const id = freshId();
    await run(session().context, script('waits', { id }));
    const { context, out } = session();
    await cancel(context, id, { wait: true });
    assert.match(out(), new RegExp(`^Run ${id} is being cancelled\\. Its checkpoints, embeddings and finished steps`));
    assert.match(out(), new RegExp(`^Run ${id} has ended: cancelled after \\S+\\.$`, 'm'));
    await assert.rejects(cancel(session().context, id, {}), {
      exitCode: 1,
      message: `Run ${id} can't be cancelled: it has ended: cancelled.`,
    });
  });

  it('says that there is no such run', async () => {
    await assert.rejects(cancel(session().context, 'no-such-run', {}), UsageError);
  });
});

describe('veille link', { timeout: 120_000 }, () => {
  const form = 'http://ui/namespaces/default/workflows/start-workflow?workflowType=retrain&taskQueue=veille-cpu';

  it('prints the address of the form with the input of the run that is named', async () => {
    const id = freshId();
    await run(session().context, script('ends', { id }));
    const { runId } = await readRun(server.env.client, id);
    const { context, out } = session();
    await link(context, id);
    assert.equal(out(), `${form}&runId=${runId}\n`);
  });

  it('takes the newest run where none is named', async (t) => {
    const id = freshId();
    await run(session().context, script('ends', { id }));
    const { runId } = await readRun(server.env.client, id);
    // The server's index of runs lags behind.
    await until(t, async () => {
      const { context, out } = session();
      await link(context, undefined);
      return out() === `${form}&runId=${runId}\n`;
    });
  });

  it('says which variable is missing where the UI is not known', async () => {
    const { context } = session();
    const temporal = { ...context.temporal, uiUrl: null };
    await assert.rejects(link({ ...context, temporal }, undefined), { exitCode: 2, message: /set TEMPORAL_UI_URL/ });
  });
});
