/** The commands `demo` and `dev` against a real Temporal server with a scripted `retrain`. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { demo } from '../../cli/commands/demo.ts';
import { dev } from '../../cli/commands/dev.ts';
import type { DemoResult } from '../../cli/demo/demo-result.ts';
import { readJson, writeJsonAtomically } from '../../cli/demo/state-file.ts';
import type { StartServices } from '../../cli/services.ts';
import { RESULT } from '../fixtures/cli-runs.ts';
import { openSession, until, type Session } from '../fixtures/cli-session.ts';
import { startScriptedServer, type ScriptedServer } from '../fixtures/scripted-retrain/server.ts';

let server: ScriptedServer;

before(async () => {
  server = await startScriptedServer();
});

after(() => server.stop());

function session(t?: TestContext, options?: { isTTY: boolean }): Session {
  return openSession(server.env, t, options);
}

describe('veille demo', { timeout: 120_000 }, () => {
  /** Services that are up already: the test's own. */
  function started({ context }: Session): { start: StartServices; stops: () => number } {
    let stops = 0;
    const start: StartServices = async () => ({
      temporal: context.temporal,
      artifactsUrl: context.artifactsUrl,
      addresses: [],
      gpu: null,
      broken: new AbortController().signal,
      stop: async () => void stops++,
    });
    return { start, stops: () => stops };
  }

  async function stateFolder(t: TestContext): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'veille-demo-'));
    t.after(() => rm(folder, { recursive: true }));
    return folder;
  }

  it('goes on where an interrupted one was, and starts anew after one that has ended', async (t) => {
    const stateDir = await stateFolder(t);
    const interrupted = session(t);
    const { start, stops } = started(interrupted);
    const first = demo(interrupted.context, start, { stateDir });
    await until(t, () => interrupted.out().includes('Started demo-'));
    interrupted.interrupt.abort();
    await assert.rejects(first, { exitCode: 130, message: /Nothing is lost: type the same command again/ });
    assert.equal(stops(), 1);

    const second = session(t);
    await demo(second.context, start, { stateDir });
    const [, id] = /Started (demo-[0-9-]+)/.exec(interrupted.out()) ?? [];
    assert.ok(second.out().startsWith(`Going on with ${id}\n`), second.out());
    const result = (await readJson(join(stateDir, 'demo-result.json'))) as DemoResult;
    assert.equal(result.workflowId, id);
    assert.deepEqual(result.metrics.fineTuned, RESULT.metrics.fineTuned);

    const third = session(t);
    await demo(third.context, start, { stateDir });
    assert.match(third.out(), /^Started demo-/);
    const anew = (await readJson(join(stateDir, 'demo-result.json'))) as DemoResult;
    assert.notEqual(anew.runId, result.runId);
    assert.equal(stops(), 3);
  });

  it('starts the run whose ID was written down before the plug was pulled', async (t) => {
    const stateDir = await stateFolder(t);
    const workflowId = `demo-${randomUUID()}`;
    await writeJsonAtomically(join(stateDir, 'demo-run.json'), { workflowId });
    const one = session(t);
    await demo(one.context, started(one).start, { stateDir });
    assert.ok(one.out().startsWith(`Started ${workflowId}\n`), one.out());
  });

  it('stops everything and says why when a server dies', async (t) => {
    const stateDir = await stateFolder(t);
    const one = session(t);
    const { start, stops } = started(one);
    const broken = new AbortController();
    const startBreaking: StartServices = async (options) => ({ ...(await start(options)), broken: broken.signal });
    const running = dev(one.context, startBreaking, { stateDir });
    await until(t, () => one.out().includes('Ready.'));
    broken.abort(new Error('temporal has ended by itself (SIGKILL)'));
    await assert.rejects(running, { exitCode: 1, message: 'temporal has ended by itself (SIGKILL)' });
    assert.equal(stops(), 1);
  });
});
