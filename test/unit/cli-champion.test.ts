/** `veille champion` and `veille search --champion` against a bucket in memory. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { ChampionStore } from '../../adapters/champion/champion-store.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { StoreUnavailableError } from '../../adapters/object-store/store-error.ts';
import { championCommand } from '../../cli/commands/champion.ts';
import { searchCommand } from '../../cli/commands/search.ts';
import type { ChampionFile } from '../../contracts/champion.ts';
import { typed } from '../fixtures/bucket-command.ts';
import { fakeChampion } from '../fixtures/fake-gate.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';

function champion(store: ObjectStore | null, ...args: readonly string[]) {
  return typed((context) => championCommand(context, () => ({ store })), args);
}

/** A bucket whose champion was moved by so many runs, `champion/1` first. */
async function bucketWith(promotions: number): Promise<MemoryObjectStore> {
  const store = new MemoryObjectStore();
  for (let revision = 1; revision <= promotions; revision++) {
    const expected = revision === 1 ? null : revision - 1;
    const move = { expected, by: 'gate', note: null, at: new Date(Date.UTC(2026, 10, 20 + revision)) };
    await new ChampionStore(store).promote(fakeChampion(revision), move);
  }
  return store;
}

test('without a champion it says how there comes to be one', async () => {
  const { code, out } = await champion(new MemoryObjectStore());
  assert.equal(code, 0);
  assert.match(out, /^There is no champion yet: the first candidate that passes the gate/);
});

test('the champion is shown with where it comes from, how good it is and who moved it, above all moves', async () => {
  const { out } = await champion(await bucketWith(2));
  const lines = out.split('\n');
  assert.equal(lines[0], 'Champion: revision 2, champion');
  assert.ok(lines.includes('Since     2026-11-22 00:00:00Z, promoted by gate'));
  assert.ok(lines.includes('Run       champion, 2'));
  assert.match(out, /^Base {6}\.\/models\/base \([0-9a-f]{12}…\)$/m);
  assert.match(out, /^Data {6}rows\.jsonl \([0-9a-f]{12}…\)$/m);
  assert.ok(lines.includes('Metrics   nDCG@10 0.7500 on the test part of its own run'));
  assert.doesNotMatch(out, /^Note/m);
  assert.deepEqual(
    lines.filter((line) => /^ +\d /.test(line)).map((line) => line.trim().split(/ {2,}/)),
    [
      ['2', '2026-11-22 00:00:00Z', 'promoted', 'champion', '0.7500', 'gate'],
      ['1', '2026-11-21 00:00:00Z', 'promoted', 'champion', '0.7500', 'gate'],
    ],
  );
});

test('as JSON it is the list of moves, newest first, and an empty one without a champion', async () => {
  const { entries } = JSON.parse((await champion(await bucketWith(2), '--json')).out) as ChampionFile;
  assert.deepEqual(
    entries.map(({ revision }) => revision),
    [2, 1],
  );
  assert.deepEqual(JSON.parse((await champion(new MemoryObjectStore(), '--json')).out), { entries: [] });
});

test('a rollback is a move of its own, with who and why', async () => {
  const store = await bucketWith(3);
  const back = await champion(store, 'rollback', '--by', 'ada', '--note', 'worse on leases');
  assert.equal(back.out, 'The champion is the model of revision 2 again, of run champion: revision 4.\n');
  const { out } = await champion(store);
  assert.match(out, /^Since {5}[^,]+, rolled back to 2 by ada$/m);
  assert.match(out, /^Note {6}worse on leases$/m);
});

test('a rollback goes to the revision that is named', async () => {
  const { out } = await champion(await bucketWith(3), 'rollback', '--to', '1', '--by', 'ada');
  assert.match(out, /the model of revision 1 again/);
});

test('a rollback to nothing is refused, one to an unknown revision is wrong usage, and nothing moves', async () => {
  const store = await bucketWith(1);
  const before = await champion(store, '--json');
  assert.equal((await champion(store, 'rollback', '--by', 'ada')).code, 1);
  const unknown = await champion(store, 'rollback', '--to', '7', '--by', 'ada');
  assert.equal(unknown.code, 2);
  assert.match(unknown.err, /^There is no revision 7 of the champion: .*\n$/);
  assert.equal((await champion(store, 'rollback', '--by', ' ')).code, 2);
  assert.deepEqual(await champion(store, '--json'), before);
});

test('a bucket that is not there, or does not answer, is told without a stack', async () => {
  const { code, err } = await champion(null);
  assert.equal(code, 3);
  assert.match(err, /^There is no local bucket yet: `veille demo` or `veille dev` makes one/);
  const store = new MemoryObjectStore();
  store.failNext('get', new StoreUnavailableError(store.url, 'GET', { cause: new Error('ECONNREFUSED') }));
  const away = await champion(store);
  assert.equal(away.code, 3);
  assert.match(away.err, /is not reachable .*\. Check S3_ENDPOINT; .*\n$/);
});

test('a search of the champion asks for its own run’s record', async (t) => {
  const stateDir = await mkdtemp(join(tmpdir(), 'veille-champion-'));
  t.after(() => rm(stateDir, { recursive: true }));
  const search = (store: ObjectStore) =>
    typed((context) => searchCommand(context, () => ({ store, stateDir })), ['--champion', 'délai']);
  const none = await search(new MemoryObjectStore());
  assert.equal(none.code, 1);
  assert.match(none.err, /^There is no champion yet in s3:\/\/memory/);
  const lost = await search(await bucketWith(2));
  assert.equal(lost.code, 1);
  assert.match(lost.err, /^runs\/champion\/2\/record\.json is not in s3:\/\/memory/);
});
