/** The order in which the FAISS binding lets work on one index run. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { ReadWriteQueue } from '../../native/faiss/read-write-queue.ts';

/** Work that tells when it starts and ends when it is told to. */
function controlled(log: string[], name: string) {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const work = async (): Promise<string> => {
    log.push(name);
    await ended;
    return name;
  };
  return { work, end };
}

/** Lets everything run that waits for nothing but its turn. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('shared work runs side by side, exclusive work alone and in its place', async () => {
  const queue = new ReadWriteQueue();
  const log: string[] = [];
  const [a, b, write, c] = ['a', 'b', 'write', 'c'].map((name) => controlled(log, name));
  const results = [queue.shared(a!.work), queue.shared(b!.work), queue.exclusive(write!.work), queue.shared(c!.work)];
  await settle();
  assert.deepEqual(log, ['a', 'b']);
  b!.end();
  await settle();
  assert.deepEqual(log, ['a', 'b']);
  a!.end();
  await settle();
  assert.deepEqual(log, ['a', 'b', 'write']);
  write!.end();
  await settle();
  assert.deepEqual(log, ['a', 'b', 'write', 'c']);
  c!.end();
  assert.deepEqual(await Promise.all(results), ['a', 'b', 'write', 'c']);
});

test('exclusive work waits for exclusive work', async () => {
  const queue = new ReadWriteQueue();
  const log: string[] = [];
  const first = controlled(log, 'first');
  const results = [queue.exclusive(first.work), queue.exclusive(() => log.push('second'))];
  await settle();
  assert.deepEqual(log, ['first']);
  first.end();
  await Promise.all(results);
  assert.deepEqual(log, ['first', 'second']);
});

test('work that fails rejects its own promise and holds up no other', async () => {
  const queue = new ReadWriteQueue();
  const fail = () => Promise.reject(new Error('no'));
  const failures = [queue.shared(fail), queue.exclusive(fail)];
  const good = [queue.exclusive(() => 1), queue.shared(() => 2)];
  for (const failure of failures) await assert.rejects(failure, /no/);
  assert.deepEqual(await Promise.all(good), [1, 2]);
});
