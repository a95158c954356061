/** The exported history of a run: kept once, with who started the run. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keepHistory } from '../../activities/run-history.ts';
import { sha256 } from '../../core/canonical.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';

const RUN = { workflowId: 'nightly', runId: 'r1' };

function exported(attributes: object, events = 1): Uint8Array {
  const start = { workflowExecutionStartedEventAttributes: attributes };
  const history = { events: [start, ...Array.from({ length: events - 1 }, () => ({}))] };
  return Buffer.from(JSON.stringify({ schema: 1, executions: [{ ...RUN, type: 'retrain', history }] }));
}

describe('the history beside a record', () => {
  it('is stored in the folder of the run, and tells who started it', async () => {
    const store = new MemoryObjectStore();
    const body = exported({ identity: 'ada@desk' });
    const { ref, startedBy, parent } = await keepHistory(store, RUN, async () => body);
    assert.deepEqual(ref, { key: 'runs/nightly/r1/history.json', sha256: sha256(body), bytes: body.length });
    assert.equal(sha256((await store.get(ref.key))?.body ?? ''), sha256(body));
    assert.deepEqual([startedBy, parent], ['ada@desk', null]);
  });

  it('names the sweep that started the run', async () => {
    const parentWorkflowExecution = { workflowId: 'sweep', runId: 's1' };
    const { startedBy, parent } = await keepHistory(new MemoryObjectStore(), RUN, async () =>
      exported({ parentWorkflowExecution }),
    );
    assert.deepEqual([startedBy, parent], [null, parentWorkflowExecution]);
  });

  it('is that of the first attempt: what was exported again, and has grown, is left', async () => {
    const store = new MemoryObjectStore();
    const first = await keepHistory(store, RUN, async () => exported({ identity: 'ada' }));
    const again = await keepHistory(store, RUN, async () => exported({ identity: 'ada' }, 3));
    assert.deepEqual(again, first);
  });

  it('is that of the faster of two attempts at the same time', async () => {
    const store = new MemoryObjectStore();
    const faster = exported({ identity: 'ada' });
    const slower = await keepHistory(store, RUN, async () => {
      await keepHistory(store, RUN, async () => faster);
      return exported({ identity: 'ada' }, 3);
    });
    assert.equal(slower.ref.sha256, sha256(faster));
  });
});
