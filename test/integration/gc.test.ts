/** Garbage collection on a real S3 server, over and over while a run is under way: the run misses nothing. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { cutoffFor } from '../../adapters/retention/ages.ts';
import { collectGarbage } from '../../adapters/retention/collect.ts';
import { CollectionWatch } from '../../adapters/retention/collection-watch.ts';
import { Condemnation } from '../../adapters/retention/condemnation.ts';
import { CondemnedError } from '../../adapters/retention/retention-error.ts';
import { unitOf, unitsNamedIn } from '../../adapters/retention/units.ts';
import { referencesIn } from '../../adapters/step-records/step-records.ts';
import { runningWorkflows } from '../../cli/observe/running-workflows.ts';
import { CPU_QUEUE } from '../../contracts/queues.ts';
import type { RetrainInput } from '../../contracts/retrain-input.ts';
import { runFolder, runRecord, type RunRecord } from '../../contracts/run-record.ts';
import type { RunResult } from '../../contracts/run-result.ts';
import { retrain } from '../../workflows/retrain.ts';
import { smallRun, writeRows } from '../fixtures/small-run.ts';
import { startTestStack, type TestStack } from '../fixtures/test-stack.ts';
import { storeWith } from '../fixtures/store-with.ts';

const HOUR_MS = 3_600_000;
const ORPHANS = [`artifacts/sha256/00/${'0'.repeat(64)}`, 'steps/split/orphan.json', 'runs/failed/1/fineTune-1-1.log'];

let stack: TestStack;
let input: RetrainInput;
let first: RunRecord;
let second: RunRecord;
let collections = 0;
let mostRunning = 0;

async function recordOf({ artifacts }: RunResult): Promise<RunRecord> {
  const bytes = await stack.artifacts.getBytes(artifacts['record'] ?? assert.fail('no record'));
  return runRecord.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
}

const OWN_STEPS = ['fine-tune', 'export-tuned', 'embed-tuned', 'index-tuned', 'evaluate-tuned', 'compare'];
const OWN_FILES = ['LoRA adapter', 'fine-tuned encoder (weights)', 'fine-tuned index (FAISS)', 'training log'];

/** What another seed makes other bytes of: of the files of a model some are the same. */
function ownUnits({ steps, artifacts, ...run }: RunRecord): string[] {
  const own = steps.filter(({ step }) => OWN_STEPS.includes(step));
  const encoder = own.find(({ step }) => step === 'export-tuned')?.outputs['digest'];
  const files = OWN_FILES.map((name) => artifacts[name]?.key ?? assert.fail(`the run has no ${name}`));
  return [
    runFolder(run),
    ...own.flatMap(({ record, memory }) => [record.key, memory]),
    `embeddings/${encoder}/`,
    ...files,
  ];
}

/** The store as it looks when these units have not changed for a month: no server changes an object's age. */
function aged(objects: ObjectStore, units: ReadonlySet<string>): ObjectStore {
  return storeWith(objects, {
    async *list(prefix) {
      for await (const object of objects.list(prefix)) {
        const isOld = units.has(unitOf(object.key)?.name ?? '');
        yield { ...object, modified: isOld ? new Date(object.modified.getTime() - 720 * HOUR_MS) : object.modified };
      }
    },
  });
}

/** As `veille gc --keep-last 0 --older-than 0s --delete` does. */
async function collect(objects: ObjectStore): Promise<void> {
  const now = Date.now();
  const { count, oldestStart } = await runningWorkflows(stack.client);
  const policy = { keepLast: 0, keepDays: null };
  await collectGarbage(objects, { policy, cutoff: cutoffFor(now, 0, oldestStart), by: 'a test', now: Date.now });
  collections++;
  mostRunning = Math.max(mostRunning, count);
}

before(async () => {
  stack = await startTestStack();
  await Promise.all([stack.startWorker('cpu'), stack.startWorker('gpu')]);
  await writeRows(stack.path('rows.jsonl'), 160);
  input = { ...smallRun(stack.path('rows.jsonl'), { maxSteps: 3 }), tracking: { mode: 'none' } };
  const run = (workflowId: string, seed: number) => {
    const args: [RetrainInput] = [{ ...input, training: { ...input.training, seed } }];
    return stack.client.workflow.start(retrain, { workflowId, taskQueue: CPU_QUEUE, args });
  };
  first = await recordOf(await (await run('first', 1)).result());
  const answers: string[] = [];
  for await (const { key } of stack.objects.list('steps/run/')) answers.push(key);
  for (const key of ORPHANS) await stack.objects.putIfAbsent(key, Buffer.from(key));
  const old = new Set([...ORPHANS.map((key) => unitOf(key)?.name ?? ''), ...answers, ...ownUnits(first)]);
  const handle = await run('second', 2);
  while ((await handle.describe()).status.name === 'RUNNING') {
    await collect(aged(stack.objects, old));
    // The run needs the processors too.
    await pause(250);
  }
  second = await recordOf(await handle.result());
});
after(() => stack.stop());

const states = (refs: ReturnType<typeof referencesIn>) =>
  Promise.all(refs.map(async (ref) => ({ key: ref.key, state: await stack.artifacts.check(ref) })));

describe('collections beside a run', () => {
  it('went on all the while, and knew of the run', () => {
    assert.ok(collections > 5, `${collections} collections`);
    assert.equal(mostRunning, 1);
  });

  it('took nothing that the run names, of what it has found and of what it has made', async () => {
    assert.ok(second.steps.some(({ taken }) => taken));
    assert.ok(second.steps.some(({ taken }) => !taken));
    const lost = (await states(referencesIn(second))).filter(({ state }) => state !== 'ok');
    assert.deepEqual(lost, []);
    for (const unit of unitsNamedIn(
      second.steps.filter(({ name }) => name === 'export').map(({ outputs }) => outputs['digest']),
    ))
      assert.ok(await hasObjects(unit), unit);
  });

  it('took orphans, and what the dropped run alone had', async () => {
    for (const unit of [...ORPHANS, ...ownUnits(first)]) assert.ok(!(await hasObjects(unit)), `${unit} is still there`);
  });
});

describe('the protocol on this server', () => {
  /** Later by half a day, to whom all that is there looks old. */
  const later = () => new CollectionWatch(stack.objects, () => Date.now() + 13 * HOUR_MS);

  it('touches an object without changing its bytes', async () => {
    const ref = await stack.artifacts.putBytes(Buffer.from('touched'));
    const modified = async () => (await stack.objects.head(ref.key))?.modified.getTime() ?? 0;
    const written = await modified();
    const writer = new ArtifactStore(stack.objects, stack.path('cache'), later());
    while ((await modified()) === written) await writer.putBytes(Buffer.from('touched'));
    assert.equal(await stack.artifacts.check(ref), 'ok');
  });

  it('keeps out a second collection, and writers of what is condemned, until the list is lifted', async () => {
    const { key } = await stack.artifacts.putBytes(Buffer.from('condemned'));
    const terms = { units: [key], by: 'a test', now: Date.now };
    const condemnation = await Condemnation.publish(stack.objects, terms);
    await assert.rejects(Condemnation.publish(stack.objects, terms), { code: 'busy' });
    await assert.rejects(stack.artifacts.putBytes(Buffer.from('condemned')), CondemnedError);
    await condemnation.lift();
    await stack.artifacts.putBytes(Buffer.from('condemned'));
  });
});

async function hasObjects(unit: string): Promise<boolean> {
  for await (const _ of stack.objects.list(unit)) return true;
  return false;
}
