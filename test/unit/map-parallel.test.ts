/** What works side by side has stopped when the whole is over: nothing uses what its caller removes. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { it } from 'node:test';
import { withScratch } from '../../activities/scratch.ts';
import { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import { StoreUnavailableError } from '../../adapters/object-store/store-error.ts';
import { mapParallel } from '../../adapters/requests/map-parallel.ts';
import { requestScope, withRequestScope } from '../../adapters/requests/request-scope.ts';
import { runActivity } from '../fixtures/activity-deps.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';
import { storeWith } from '../fixtures/store-with.ts';

it('gives results in the order of the items', async () => {
  const doubled = await mapParallel([3, 1, 2], (value) => Promise.resolve(2 * value), { concurrency: 2 });
  assert.deepEqual(doubled, [6, 2, 4]);
});

it('throws the first failure once all that was begun has stopped, and begins nothing more', async () => {
  const ended: number[] = [];
  const begun: number[] = [];
  const work = async (item: number): Promise<void> => {
    begun.push(item);
    if (item === 1) throw new Error('one failed');
    const { signal } = requestScope();
    await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }));
    // What a request needs to stop after it has been ended.
    await wait(20);
    ended.push(item);
  };
  await assert.rejects(mapParallel([0, 1, 2, 3, 4], work, { concurrency: 3 }), /one failed/);
  assert.deepEqual(
    [begun, ended.toSorted((a, b) => a - b)],
    [
      [0, 1, 2],
      [0, 2],
    ],
  );
});

it('stops when the work around it does', async () => {
  const stop = new AbortController();
  const work = async (): Promise<void> => {
    const { signal } = requestScope();
    stop.abort(new Error('the work around it failed'));
    signal?.throwIfAborted();
  };
  const mapped = withRequestScope({ signal: stop.signal }, () => mapParallel([1, 2], work, { concurrency: 2 }));
  await assert.rejects(mapped, /the work around it failed/);
});

it('leaves no download behind in a scratch folder when another one fails', async () => {
  const root = mkdtempSync(join(tmpdir(), 'veille-scratch-'));
  const memory = new MemoryObjectStore();
  const bodies = ['first', 'second', 'third', 'fourth'].map((name) => Buffer.from(name.repeat(1_000)));
  const refs = await Promise.all(bodies.map((body) => new ArtifactStore(memory, root).putBytes(body)));
  const outage = new StoreUnavailableError(memory.url, 'get', { cause: new Error('it answers 503') });
  let slow = 0;
  const store = storeWith(memory, {
    async getStream(key) {
      if (key === refs[0]?.key) throw outage;
      const body = (await memory.get(key))?.body ?? Buffer.alloc(0);
      async function* late(): AsyncIterable<Uint8Array> {
        for (let start = 0; start < body.length; start += 500) {
          await wait(2);
          yield body.subarray(start, start + 500);
        }
        slow++;
      }
      return Readable.from(late());
    },
  });
  const files = refs.map((ref, index) => ({ path: `folder-${index}/file`, ...ref }));
  let folder = '';
  const fetching = runActivity(
    () =>
      withScratch(root, 'export', (made) => {
        folder = made;
        return new ArtifactStore(store, join(root, 'cache')).getFolder({ digest: '', files }, made);
      }),
    undefined,
  );
  await assert.rejects(fetching, /it answers 503/);
  assert.ok(slow > 0, 'the others were under way');
  assert.equal(existsSync(folder), false);
  assert.deepEqual(
    readdirSync(root).filter((name) => name.startsWith('export-')),
    [],
  );
});
