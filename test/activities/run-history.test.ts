/** The exported history of a run: kept once, with who started the run. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keepHistory } from '../../activities/run-history.ts';
import { sha256 } from '../../core/canonical.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';

const RUN = { workflowId: 'nightly', runId: 'r1' };

/** Of a run that asks for its record by the activity of this ID. */
function exported(attributes: object, { events = 0, activityId = '9' } = {}): Uint8Array {
  const start = { workflowExecutionStartedEventAttributes: attributes };
  const asked = { activityTaskScheduledEventAttributes: { activityId, activityType: { name: 'writeRecord' } } };
  const history = { events: [start, asked, ...Array.from({ length: events }, (_, id) => ({ id }))] };
  return Buffer.from(JSON.stringify({ schema: 1, executions: [{ ...RUN, type: 'retrain', history }] }));
}

async function bytesOf(store: MemoryObjectStore): Promise<string> {
  return sha256((await store.get('runs/nightly/r1/history.json'))?.body ?? '');
}

describe('the history beside a record', () => {
  it('is stored in the folder of the run, and tells who started it', async () => {
    const store = new MemoryObjectStore();
    const body = exported({ identity: 'ada@desk' });
    const { ref, startedBy, parent } = await keepHistory(store, RUN, async () => body, '9');
    assert.deepEqual(ref, { key: 'runs/nightly/r1/history.json', sha256: sha256(body), bytes: body.length });
    assert.equal(await bytesOf(store), sha256(body));
    assert.deepEqual([startedBy, parent], ['ada@desk', null]);
  });

  it('names the sweep that started the run', async () => {
    const parentWorkflowExecution = { workflowId: 'sweep', runId: 's1' };
    const body = exported({ parentWorkflowExecution });
    const { startedBy, parent } = await keepHistory(new MemoryObjectStore(), RUN, async () => body, '9');
    assert.deepEqual([startedBy, parent], [null, parentWorkflowExecution]);
  });

  it('is that of the first attempt: what was exported again, and has grown, is left', async () => {
    const store = new MemoryObjectStore();
    const first = await keepHistory(store, RUN, async () => exported({ identity: 'ada' }), '9');
    const again = await keepHistory(store, RUN, async () => exported({ identity: 'ada' }, { events: 3 }), '9');
    assert.deepEqual(again, first);
  });

  it('is that of the faster of two attempts at the same time', async () => {
    const store = new MemoryObjectStore();
    const faster = exported({ identity: 'ada' });
    const slower = await keepHistory(
      store,
      RUN,
      async () => {
        await keepHistory(store, RUN, async () => faster, '9');
        return exported({ identity: 'ada' }, { events: 3 });
      },
      '9',
    );
    assert.equal(slower.ref.sha256, sha256(faster));
  });

  it('is exported again for a walk that was repaired: the one before does not tell what is recorded now', async () => {
    const store = new MemoryObjectStore();
    await keepHistory(store, RUN, async () => exported({ identity: 'ada' }), '9');
    const repaired = exported({ identity: 'ada' }, { events: 3, activityId: '14' });
    const { ref } = await keepHistory(store, RUN, async () => repaired, '14');
    assert.deepEqual([ref.sha256, await bytesOf(store)], [sha256(repaired), sha256(repaired)]);
  });

  it('replaces what is no earlier export of the same run, whoever has put it there', async () => {
    const own = exported({ identity: 'ada' }, { events: 3 });
    for (const planted of [
      exported({ identity: 'mallory' }),
      Buffer.from('{"executions": []}'),
      Buffer.from('no JSON'),
    ]) {
      const store = new MemoryObjectStore();
      await store.putIfAbsent('runs/nightly/r1/history.json', planted);
      const { startedBy } = await keepHistory(store, RUN, async () => own, '9');
      assert.deepEqual([startedBy, await bytesOf(store)], ['ada', sha256(own)]);
    }
  });
});
