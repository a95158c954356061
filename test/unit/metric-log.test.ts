/** The live metric log: whole after every write, each step once, and the last attempt's. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MetricLog } from '../../adapters/metric-log/metric-log.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';

const KEY = 'runs/w/r/metrics.jsonl';

async function linesOf(store: MemoryObjectStore): Promise<unknown[]> {
  const object = await store.get(KEY);
  assert.ok(object);
  const lines = Buffer.from(object.body).toString('utf8').trimEnd().split('\n');
  return lines.map((line): unknown => JSON.parse(line));
}

/** A log with the steps 1 to `last`, as an attempt has left it. */
async function leftBy(store: MemoryObjectStore, last: number, loss: number): Promise<void> {
  const log = new MetricLog(store, KEY);
  for (let step = 1; step <= last; step++) log.add(step, { 'train/loss': loss, 'train/samples_per_second': 8 });
  await log.write();
}

describe('MetricLog', () => {
  it('writes each step once, ascending, its parts together', async () => {
    const store = new MemoryObjectStore();
    const log = new MetricLog(store, KEY);
    log.add(10, { 'train/loss': 1 });
    await log.write();
    log.add(20, { 'train/loss': 0.5 });
    log.add(10, { 'dev/ndcg@10': 0.7 });
    await log.write();
    assert.deepEqual(await linesOf(store), [
      { step: 10, metrics: { 'train/loss': 1, 'dev/ndcg@10': 0.7 } },
      { step: 20, metrics: { 'train/loss': 0.5 } },
    ]);
  });

  it('takes over an earlier attempt’s steps up to its checkpoint, and computes the others anew', async () => {
    const store = new MemoryObjectStore();
    await leftBy(store, 4, 1);
    const log = new MetricLog(store, KEY);
    await log.resume(2, '');
    log.add(3, { 'train/loss': 9 });
    await log.write();
    assert.deepEqual(await linesOf(store), [
      { step: 1, metrics: { 'train/loss': 1, 'train/samples_per_second': 8 } },
      { step: 2, metrics: { 'train/loss': 1, 'train/samples_per_second': 8 } },
      { step: 3, metrics: { 'train/loss': 9 } },
    ]);
  });

  it('misses no step of a checkpoint that another run has left', async () => {
    const store = new MemoryObjectStore();
    const log = new MetricLog(store, KEY);
    await log.resume(2, '{"step":1,"metrics":{"train/loss":3}}\n{"step":2,"metrics":{"train/loss":2}}\n');
    await log.write();
    assert.deepEqual(await linesOf(store), [
      { step: 1, metrics: { 'train/loss': 3 } },
      { step: 2, metrics: { 'train/loss': 2 } },
    ]);
  });

  it('believes the checkpoint where the two say different things', async () => {
    const store = new MemoryObjectStore();
    await leftBy(store, 1, 1);
    const log = new MetricLog(store, KEY);
    await log.resume(1, '{"step":1,"metrics":{"train/loss":3}}\n');
    await log.write();
    assert.deepEqual(await linesOf(store), [{ step: 1, metrics: { 'train/loss': 3, 'train/samples_per_second': 8 } }]);
  });

  it('is not stopped by a damaged log', async () => {
    const store = new MemoryObjectStore();
    await leftBy(store, 2, 1);
    store.damage(KEY, (body) => body.subarray(0, body.length - 10));
    const log = new MetricLog(store, KEY);
    await log.resume(2, '');
    await log.write();
    assert.equal((await linesOf(store)).length, 1);
  });

  it('replaces what a former attempt wrote meanwhile', async () => {
    const store = new MemoryObjectStore();
    const log = new MetricLog(store, KEY);
    log.add(1, { 'train/loss': 2 });
    await log.write();
    await leftBy(store, 5, 1);
    await log.write();
    assert.deepEqual(await linesOf(store), [{ step: 1, metrics: { 'train/loss': 2 } }]);
  });
});
