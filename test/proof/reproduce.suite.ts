/** `veille reproduce` on real servers: a run once more in services of its own, step by step the same to the last bit. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { before, describe, it } from 'node:test';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { reproduce } from '../../cli/commands/reproduce.ts';
import { loadConfig } from '../../cli/config.ts';
import { findRecord } from '../../cli/records/find-record.ts';
import { localPlace } from '../../cli/reproduce/local-place.ts';
import type { Reproduction } from '../../cli/reproduce/reproduce-run.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import { openSession, until } from '../fixtures/cli-session.ts';
import { provenRuns, SECOND } from '../fixtures/proven-runs.ts';
import { storeRecord } from '../fixtures/run-record.ts';
import type { TestStack } from '../fixtures/test-stack.ts';

let stack: TestStack;
let record: RunRecord;

/** A command on a state folder of its own, with the run's bucket or, without one, that of the folder. */
function command(stateDir: string, store: ObjectStore | null) {
  const { PATH, HOME } = process.env;
  const place = localPlace(loadConfig({ PATH, HOME, VEILLE_STATE_DIR: stateDir, VEILLE_BUILD_ID: 'test' }), store);
  // No Temporal is asked but the reproduction's own.
  const session = openSession({ address: '', client: stack.client });
  return { ...session, place };
}

async function reproduced(workflowId: string): Promise<{ readonly document: Reproduction; readonly error: unknown }> {
  const { context, place, out } = command(stack.path('state'), stack.objects);
  const error: unknown = await reproduce(context, place, workflowId, { json: true }).catch((reason: unknown) => reason);
  // It tells nothing where it could not even begin.
  if (out() === '') throw error;
  return { document: JSON.parse(out()) as Reproduction, error };
}

async function leftBehind(): Promise<string[]> {
  return readdir(`${stack.path('state')}/reproductions`);
}

before(async () => {
  ({ stack, record } = await provenRuns());
  assert.equal(record.gate.reference.kind, 'champion');
});

describe('a run that is reproduced', () => {
  it('is identical in every step, adapter and verdict included, and leaves nothing behind', async () => {
    const { document, error } = await reproduced(SECOND);
    assert.deepEqual(
      // The recorded bytes came from the hub, the reproduction's from a folder.
      document.steps.filter(({ step, state, sameKey }) => state !== 'identical' || sameKey === (step === 'resolve')),
      [],
    );
    assert.equal(error, undefined);
    assert.deepEqual([document.verdict, document.firstDifference], ['identical', null]);
    assert.deepEqual(
      document.steps.map(({ step }) => step),
      record.steps.map(({ step }) => step).filter((step) => step !== 'track'),
    );
    assert.deepEqual(
      document.notCompared.map(({ step }) => step),
      ['track', 'promote', 'record'],
    );
    assert.deepEqual(await leftBehind(), []);
  });

  it('is different where the record says another seed than it was made with, from the training on', async () => {
    const { config } = record;
    const training = { ...config.training, seed: config.training.seed + 1 };
    await storeRecord(stack.objects, { ...record, workflowId: 'altered', config: { ...config, training } });
    const { document, error } = await reproduced('altered');
    assert.deepEqual([document.verdict, document.firstDifference], ['different', 'fine-tune']);
    assert.equal((error as Error).message, 'altered is not reproduced: the first step that is different is fine-tune.');
    const step = document.steps.find((one) => one.step === 'fine-tune');
    assert.deepEqual(step?.untolerated, [{ path: 'parameters.training.seed', a: 7, b: 8 }]);
    assert.ok(step.measured.some(({ measure, value }) => measure === 'weights' && value !== null && value > 0));
    const earlier = document.steps.slice(0, document.steps.indexOf(step));
    assert.deepEqual(
      earlier.filter(({ state }) => state !== 'identical'),
      [],
    );
  });

  it('is stopped by Ctrl-C, with its services and its folder', async (t) => {
    const { context, place, interrupt } = command(stack.path('state'), stack.objects);
    const stopped = reproduce(context, place, SECOND, {});
    await until(t, async () => (await leftBehind().catch(() => [])).length > 0);
    interrupt.abort();
    await assert.rejects(stopped, { message: 'Stopped: nothing of the reproduction is left.', exitCode: 130 });
    assert.deepEqual(await leftBehind(), []);
  });

  it('is found in the local bucket though no server runs on it', async () => {
    await stack.stopStore();
    const { place, interrupt } = command(stack.path('store'), null);
    const records = await place.openRecords(() => undefined, interrupt.signal);
    try {
      assert.deepEqual(await findRecord(records.store, { workflowId: SECOND, runId: undefined }), record);
    } finally {
      await records.close();
      await stack.startStore();
    }
  });
});
