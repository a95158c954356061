/** Checkpoints: found again by another attempt, never torn, never moved by a zombie. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { CheckpointStore, type Checkpoint } from '../../adapters/checkpoints/checkpoint-store.ts';
import { FencedError } from '../../adapters/checkpoints/training-claim.ts';
import { StoreUnavailableError } from '../../adapters/object-store/store-error.ts';
import { ATTEMPT_CHECKPOINTS, TRAINING_ATTEMPTS } from '../../contracts/steps.ts';
import { CLAIMANT } from '../fixtures/claimant.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';

const KEY = 'a'.repeat(64);
const scratch = (): string => mkdtempSync(join(tmpdir(), 'veille-checkpoints-'));

function checkpoint(step: number): Checkpoint {
  const folder = scratch();
  mkdirSync(join(folder, 'nested'));
  writeFileSync(join(folder, 'weights.safetensors'), `weights of step ${step}`);
  writeFileSync(join(folder, 'nested', 'state.json'), JSON.stringify({ step }));
  return { step, memoryMicroBatch: null, folder };
}

async function attempt(store: MemoryObjectStore): Promise<CheckpointStore> {
  const checkpoints = new CheckpointStore(store, KEY);
  await checkpoints.claim(CLAIMANT);
  return checkpoints;
}

const isWeights = (name: string): boolean => name.endsWith('.safetensors');

/** By when an object is older than whatever is written next. */
async function nextMillisecond(): Promise<void> {
  const now = Date.now();
  while (Date.now() === now) await pause(1);
}

const noWarning = (message: string): void => assert.fail(message);

describe('CheckpointStore', () => {
  it('has nothing to resume from at first', async () => {
    assert.equal(await (await attempt(new MemoryObjectStore())).download(scratch(), noWarning), null);
  });

  it('gives another attempt the newest checkpoint, file by file', async () => {
    const store = new MemoryObjectStore();
    const first = await attempt(store);
    await first.save(checkpoint(10));
    await first.save(checkpoint(20));
    const found = await (await attempt(store)).download(scratch(), noWarning);
    assert.equal(found?.step, 20);
    assert.equal(readFileSync(join(found.folder, 'weights.safetensors'), 'utf8'), 'weights of step 20');
    assert.equal(readFileSync(join(found.folder, 'nested', 'state.json'), 'utf8'), '{"step":20}');
  });

  it('keeps the last two, and removes older ones', async () => {
    const store = new MemoryObjectStore();
    const checkpoints = await attempt(store);
    for (const step of [10, 20, 30, 40]) await checkpoints.save(checkpoint(step));
    const steps = new Set(store.keys().flatMap((key) => /step-(\d+)/.exec(key)?.[1] ?? []));
    assert.deepEqual([...steps], ['00000030', '00000040']);
  });

  it('takes the one before when the newest is damaged, and says so', async () => {
    const store = new MemoryObjectStore();
    const first = await attempt(store);
    await first.save(checkpoint(10));
    await first.save(checkpoint(20));
    const damaged = store.keys().find((key) => key.includes('step-00000020') && key.endsWith('.safetensors'));
    assert.ok(damaged);
    store.damage(damaged, (body) => body.subarray(1));
    const warnings: string[] = [];
    const found = await (await attempt(store)).download(scratch(), (message) => warnings.push(message));
    assert.equal(found?.step, 10);
    assert.match(warnings.join(), /step 20 can't be used/);
  });

  it('fences a former owner that wakes up: it can not move latest', async () => {
    const store = new MemoryObjectStore();
    const zombie = await attempt(store);
    await zombie.save(checkpoint(10));
    const successor = await attempt(store);
    await assert.rejects(zombie.save(checkpoint(20)), FencedError);
    await successor.save(checkpoint(20));
    assert.equal((await (await attempt(store)).download(scratch(), noWarning))?.step, 20);
  });

  it('takes no file whose bytes are not those of its digest, however small the change', async () => {
    const store = new MemoryObjectStore();
    await (await attempt(store)).save(checkpoint(10));
    const file = store.keys().find((key) => key.endsWith('.safetensors'));
    assert.ok(file);
    store.flipBit(file, -1);
    const folder = scratch();
    assert.equal(await (await attempt(store)).download(folder, () => {}), null);
    assert.deepEqual(readdirSync(join(folder, 'step-00000010.partial')).filter(isWeights), []);
  });

  it('starts again when every checkpoint misses a file', async () => {
    const store = new MemoryObjectStore();
    const first = await attempt(store);
    await first.save(checkpoint(10));
    await first.save(checkpoint(20));
    await store.delete(store.keys().filter((key) => key.endsWith('state.json')));
    const warnings: string[] = [];
    assert.equal(await (await attempt(store)).download(scratch(), (message) => warnings.push(message)), null);
    assert.equal(warnings.length, 2);
  });

  it('never names a checkpoint of which an upload broke off, and removes what there is of it', async () => {
    const store = new MemoryObjectStore();
    const killed = await attempt(store);
    await killed.save(checkpoint(10));
    store.failNext('putIfAbsent', new StoreUnavailableError(store.url, 'put', { cause: new Error('refused') }));
    await assert.rejects(killed.save(checkpoint(20)), StoreUnavailableError);
    // The other file was under way when the first one failed.
    while (!store.keys().some((key) => key.includes('step-00000020'))) await pause(1);
    await nextMillisecond();
    const successor = await attempt(store);
    assert.equal((await successor.download(scratch(), noWarning))?.step, 10);
    assert.ok(!store.keys().some((key) => key.includes('step-00000020')));
  });

  it('leaves a later owner’s upload alone while it claims', async () => {
    const store = new MemoryObjectStore();
    const list = store.list.bind(store);
    const successor = new CheckpointStore(store, KEY);
    // The successor claims and saves between the claim of the attempt before and that one's look around.
    store.list = async function* (prefix) {
      store.list = list;
      await successor.claim(CLAIMANT);
      await successor.save(checkpoint(10));
      yield* list(prefix);
    };
    await attempt(store);
    assert.equal((await (await attempt(store)).download(scratch(), noWarning))?.step, 10);
  });

  it('hands on in what parts a batch was computed', async () => {
    const store = new MemoryObjectStore();
    await (await attempt(store)).save({ ...checkpoint(10), memoryMicroBatch: 8 });
    assert.equal((await (await attempt(store)).download(scratch(), noWarning))?.memoryMicroBatch, 8);
  });

  it('knows its own write again when the answer to it was lost', async () => {
    const store = new MemoryObjectStore();
    const checkpoints = await attempt(store);
    const putIfMatch = store.putIfMatch.bind(store);
    let lost = false;
    store.putIfMatch = async (...write) => {
      const written = await putIfMatch(...write);
      if (lost) return written;
      lost = true;
      throw new StoreUnavailableError(store.url, 'put latest.json', { cause: new Error('socket hang up') });
    };
    const saved = checkpoint(10);
    await assert.rejects(checkpoints.save(saved), StoreUnavailableError);
    await checkpoints.save(saved);
    await checkpoints.save(checkpoint(20));
    assert.equal((await (await attempt(store)).download(scratch(), noWarning))?.step, 20);
  });

  it('remembers every attempt: who, from which step, and how it ended', async () => {
    const store = new MemoryObjectStore();
    const first = await attempt(store);
    await first.save(checkpoint(10));
    await first.end('preempted');
    const second = await attempt(store);
    await second.download(scratch(), noWarning);
    await second.save(checkpoint(20));
    const third = await attempt(store);
    await second.end('failed');
    assert.deepEqual(
      third.attempts.map(({ resumedFrom, ended, worker }) => ({ resumedFrom, ended, worker })),
      [
        { resumedFrom: null, ended: 'preempted', worker: CLAIMANT.worker },
        { resumedFrom: 10, ended: null, worker: CLAIMANT.worker },
        { resumedFrom: 20, ended: null, worker: CLAIMANT.worker },
      ],
    );
    assert.equal((await attempt(store)).attempts[1]?.ended, null, 'a fenced attempt says nothing any more');
  });

  it('forgets the attempts between the first and the newest where there are too many', async () => {
    const store = new MemoryObjectStore();
    let last = await attempt(store);
    const { startedAt: began } = last.attempts[0]!;
    for (let times = 0; times < 2 * TRAINING_ATTEMPTS; times++) {
      await last.save(checkpoint(times));
      await last.end('preempted');
      last = await attempt(store);
    }
    assert.equal(last.attempts.length, TRAINING_ATTEMPTS);
    assert.deepEqual(
      [last.attempts[0]?.startedAt, last.attempts[0]?.resumedFrom, last.attempts.at(-1)?.resumedFrom],
      [began, null, 2 * TRAINING_ATTEMPTS - 1],
    );
  });

  it('remembers the digests of the checkpoints that an attempt saved, and of the one that it went on from', async () => {
    const store = new MemoryObjectStore();
    const first = await attempt(store);
    for (let step = 1; step <= 2 * ATTEMPT_CHECKPOINTS; step++) await first.save(checkpoint(step));
    const second = await attempt(store);
    await second.download(scratch(), noWarning);
    const [before, now] = second.attempts;
    assert.equal(before?.checkpoints?.length, ATTEMPT_CHECKPOINTS);
    assert.equal(new Set(before.checkpoints.map(({ digest }) => digest)).size, ATTEMPT_CHECKPOINTS);
    assert.deepEqual(before.checkpoints.at(-1), { step: now?.resumedFrom, digest: now?.resumedDigest });
  });

  it('says that an attempt began anew where no checkpoint could be used', async () => {
    const store = new MemoryObjectStore();
    await (await attempt(store)).save(checkpoint(10));
    for (const key of store.keys()) if (key.includes('/step-')) store.damage(key, (body) => body.subarray(0, 3));
    const second = await attempt(store);
    assert.equal(await second.download(scratch(), () => {}), null);
    assert.equal(second.attempts.at(-1)?.resumedFrom, null);
  });

  it('starts again when latest.json itself is damaged', async () => {
    const store = new MemoryObjectStore();
    await (await attempt(store)).save(checkpoint(10));
    store.damage(`checkpoints/${KEY}/latest.json`, (body) => body.subarray(0, 5));
    assert.equal(await (await attempt(store)).download(scratch(), noWarning), null);
  });

  it('leaves nothing behind once it is cleared', async () => {
    const store = new MemoryObjectStore();
    const checkpoints = await attempt(store);
    await checkpoints.save(checkpoint(10));
    store.failNext('putIfAbsent', new StoreUnavailableError(store.url, 'put', { cause: new Error('refused') }));
    await assert.rejects(checkpoints.save(checkpoint(20)), StoreUnavailableError);
    await checkpoints.clear();
    assert.deepEqual(store.keys(), []);
  });
});
