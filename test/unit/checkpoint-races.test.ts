/** Attempts at one training beside each other, on a store that loses answers: no file that latest.json names ever goes. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import * as fc from 'fast-check';
import { CheckpointStore } from '../../adapters/checkpoints/checkpoint-store.ts';
import { FencedError, TrainingHeldError } from '../../adapters/checkpoints/training-claim.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { StoreUnavailableError } from '../../adapters/object-store/store-error.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';
import { UnsteadyServer, type Fault } from '../fixtures/unsteady-store.ts';
import { VirtualTime } from '../fixtures/virtual-time.ts';

const KEY = 'd'.repeat(64);
const LATEST = `checkpoints/${KEY}/latest.json`;
const scratch = mkdtempSync(join(tmpdir(), 'veille-races-'));
const folder = join(scratch, 'checkpoint');
mkdirSync(folder);
writeFileSync(join(folder, 'weights'), 'weights');
after(() => rmSync(scratch, { recursive: true }));

type Action = 'save' | 'renew' | 'download';
interface Plan {
  /** Two of the same run are attempts of which the earlier one is thought to be dead. */
  readonly run: string;
  readonly actions: readonly Action[];
  readonly end: 'clear' | 'preempted' | 'killed';
  /** Before each request; what the attempts draw decides their order. */
  readonly delays: readonly number[];
  readonly faults: ReadonlyMap<number, Fault>;
}

async function assertWhole(store: MemoryObjectStore): Promise<void> {
  const latest = await store.get(LATEST);
  const { checkpoints = [] } = JSON.parse(Buffer.from(latest?.body ?? '{}').toString('utf8')) as {
    checkpoints?: { files: { files: { key: string }[] } }[];
  };
  const keys = new Set(store.keys());
  for (const { key } of checkpoints.flatMap(({ files }) => files.files))
    assert.ok(keys.has(key), `latest.json names ${key}, which is deleted`);
}

/** Again while the store is away, as uploads, renewals and Temporal do. */
async function insisting<R>(work: () => Promise<R>): Promise<R> {
  for (;;)
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
    }
}

/** A new attempt for each claim that fails; another run's claim is taken for lapsed when it is unchanged. */
async function claimed(objects: ObjectStore, { run }: Plan): Promise<CheckpointStore> {
  let seen: string | null = null;
  for (;;)
    try {
      return await insisting(async () => {
        const checkpoints = new CheckpointStore(objects, KEY);
        await checkpoints.claim({ run: { workflowId: run, runId: '1' }, worker: run }, { seen });
        return checkpoints;
      });
    } catch (error) {
      if (!(error instanceof TrainingHeldError)) throw error;
      seen = error.seen;
    }
}

async function attempt(objects: ObjectStore, plan: Plan): Promise<void> {
  const checkpoints = await claimed(objects, plan);
  let step = checkpoints.newestStep ?? 0;
  const act: Record<Action, () => Promise<unknown>> = {
    save: () => checkpoints.save({ step, memoryMicroBatch: null, folder }),
    renew: () => checkpoints.renew(),
    download: () => checkpoints.download(mkdtempSync(join(scratch, 'resume-')), () => {}),
  };
  for (const action of plan.actions) {
    if (action === 'save') step++;
    await insisting(act[action]);
  }
  if (plan.end === 'clear') await insisting(() => checkpoints.clear());
  else if (plan.end === 'preempted') await insisting(() => checkpoints.end('preempted'));
}

/** Plays the attempts beside each other, and looks at the store after each request. */
async function play(plans: readonly Plan[]): Promise<MemoryObjectStore> {
  const store = new MemoryObjectStore();
  const server = new UnsteadyServer(store, () => assertWhole(store));
  const time = new VirtualTime();
  const tasks = plans.map((plan) => async () => {
    let requests = 0;
    const turn = () => time.sleep(plan.delays[requests++ % plan.delays.length] ?? 0);
    const objects = server.client(turn, (request) => plan.faults.get(request));
    await attempt(objects, plan).catch((error: unknown) => {
      if (!(error instanceof FencedError)) throw error;
    });
  });
  await time.play(tasks);
  return store;
}

const fault = fc.constantFrom<Fault>('lost', 'repeated', 'late');
const plan: fc.Arbitrary<Plan> = fc.record({
  run: fc.constantFrom('a', 'b'),
  actions: fc.array(fc.constantFrom<Action>('save', 'save', 'renew', 'download'), { maxLength: 5 }),
  end: fc.constantFrom('clear', 'preempted', 'killed'),
  // Now and then one is away for as long as others need for a whole attempt.
  delays: fc.array(fc.constantFrom(0, 1, 2, 4, 8, 100), { minLength: 1, maxLength: 12 }),
  faults: fc.array(fc.tuple(fc.nat(40), fault), { maxLength: 4 }).map((faults) => new Map(faults)),
});

describe('attempts at one training', () => {
  it('never delete a file that latest.json names, whatever the order of their requests and the answers lost', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(plan, { minLength: 2, maxLength: 4 }), async (plans) => void (await play(plans))),
      { numRuns: 100 },
    );
  });

  it('leave nothing once another one has cleared the training after them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(plan, { minLength: 1, maxLength: 3 }), async (plans) => {
        const store = await play(plans);
        const last = new CheckpointStore(store, KEY);
        await last.claim({ run: { workflowId: 'last', runId: '1' }, worker: '' }, { seen: await etagOf(store) });
        await last.clear();
        assert.deepEqual(store.keys(), []);
      }),
      { numRuns: 50 },
    );
  });

  for (const kind of ['lost', 'repeated', 'late'] as const)
    it(`are not fenced by their own writes: any request ${kind}`, async () => {
      const script: Omit<Plan, 'faults'> = {
        run: 'a',
        actions: ['download', 'save', 'renew', 'save', 'save', 'download'],
        end: 'preempted',
        delays: [1],
      };
      for (let request = 0; ; request++) {
        const store = new MemoryObjectStore();
        const server = new UnsteadyServer(store, () => assertWhole(store));
        let requests = 0;
        const count = async (): Promise<void> => void requests++;
        const faults = new Map([[request, kind]]);
        const objects = server.client(count, (each) => faults.get(each));
        await attempt(objects, { ...script, faults });
        if (requests <= request) break;
        const next = new CheckpointStore(store, KEY);
        await next.claim({ run: { workflowId: 'b', runId: '1' }, worker: '' });
        assert.equal(next.newestStep, 3, `request ${request}`);
      }
    });
});

async function etagOf(store: MemoryObjectStore): Promise<string | null> {
  return (await store.head(LATEST))?.etag ?? null;
}
