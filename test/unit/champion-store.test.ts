/** The champion moves for one of those that want it to move, forwards and back, and forgets nothing. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { ChampionStore } from '../../adapters/champion/champion-store.ts';
import { StoreUnavailableError } from '../../adapters/object-store/store-error.ts';
import type { ChampionEntry } from '../../contracts/champion.ts';
import { candidateOf } from '../fixtures/candidate.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';

const KEY = 'models/champion.json';
const AT = new Date('2026-11-24T02:00:00Z');
const GATE = { by: 'gate', note: null, at: AT };
const ADA = { by: 'ada', note: 'leases got worse', at: AT };

/** A store in which each of the runs was promoted after the one before. */
async function promoted(...runs: readonly string[]): Promise<{ objects: MemoryObjectStore; champions: ChampionStore }> {
  const objects = new MemoryObjectStore();
  const champions = new ChampionStore(objects);
  for (const [before, run] of runs.entries())
    assert.ok(await champions.promote(candidateOf(run), { ...GATE, expected: before === 0 ? null : before }));
  return { objects, champions };
}

const runOf = (entry: ChampionEntry | undefined): string | undefined => entry?.run.workflowId;

async function historyOf(champions: ChampionStore): Promise<string[]> {
  const { entries } = (await champions.read()) ?? { entries: [] };
  return entries.map(({ revision, restores, run }) => `${revision} ${run.workflowId} ${restores ?? '-'}`);
}

/** The next write is carried out and its answer lost. */
function loseAnswer(objects: MemoryObjectStore, operation: 'putIfAbsent' | 'putIfMatch'): void {
  const write = objects[operation].bind(objects) as (...parameters: unknown[]) => Promise<boolean>;
  objects[operation] = async (...parameters: unknown[]) => {
    objects[operation] = write;
    await write(...parameters);
    throw new StoreUnavailableError(objects.url, `put ${KEY}`, { cause: new Error('socket hang up') });
  };
}

describe('promote', () => {
  it('makes the first candidate the champion, and a later one in its place', async () => {
    const { champions } = await promoted('a', 'b');
    const file = await champions.read();
    assert.deepEqual(file?.entries[0], {
      ...candidateOf('b'),
      revision: 2,
      restores: null,
      at: '2026-11-24T02:00:00.000Z',
      by: 'gate',
      note: null,
    });
    assert.deepEqual(await historyOf(champions), ['2 b -', '1 a -']);
  });

  it('moves nothing when another revision than the expected one is the newest', async () => {
    const { champions } = await promoted('a', 'b');
    for (const expected of [null, 1, 3])
      assert.equal(await champions.promote(candidateOf('c'), { ...GATE, expected }), null);
    assert.deepEqual(await historyOf(champions), ['2 b -', '1 a -']);
  });

  it('lets exactly one of many win that promote at the same time', async () => {
    const many = fc.record({ before: fc.integer({ min: 0, max: 3 }), rivals: fc.integer({ min: 2, max: 12 }) });
    await fc.assert(
      fc.asyncProperty(many, async ({ before, rivals }) => {
        const { objects } = await promoted(...Array.from({ length: before }, (_, run) => `before-${run}`));
        const expected = before === 0 ? null : before;
        const entries = await Promise.all(
          Array.from({ length: rivals }, (_, run) =>
            new ChampionStore(objects).promote(candidateOf(`rival-${run}`), { ...GATE, expected }),
          ),
        );
        const [winner, ...others] = entries.filter((entry) => entry !== null);
        assert.equal(others.length, 0);
        const file = await new ChampionStore(objects).read();
        assert.deepEqual(file?.entries[0], winner);
        assert.equal(file?.entries.length, before + 1);
      }),
      { numRuns: 30, seed: 1 },
    );
  });

  it('gives a run that is asked again the entry that it has made, whatever came after it', async () => {
    const { champions } = await promoted('a');
    const retry = () => champions.promote(candidateOf('a'), { ...GATE, at: new Date(), expected: null });
    const [made] = (await champions.read())?.entries ?? [];
    assert.deepEqual(await retry(), made);
    await champions.promote(candidateOf('b'), { ...GATE, expected: 1 });
    assert.deepEqual(await retry(), made);
    await champions.rollback(ADA);
    assert.deepEqual(await retry(), made);
    assert.deepEqual(await historyOf(champions), ['3 a 1', '2 b -', '1 a -']);
  });

  it('knows its own write again when the answer to it was lost', async () => {
    const { objects, champions } = await promoted();
    const first = () => champions.promote(candidateOf('a'), { ...GATE, expected: null });
    loseAnswer(objects, 'putIfAbsent');
    await assert.rejects(first(), StoreUnavailableError);
    assert.equal((await first())?.revision, 1);
    const second = () => champions.promote(candidateOf('b'), { ...GATE, expected: 1 });
    loseAnswer(objects, 'putIfMatch');
    await assert.rejects(second(), StoreUnavailableError);
    assert.equal((await second())?.revision, 2);
  });
});

describe('rollback', () => {
  it('brings back the model before by an entry that says who and why', async () => {
    const { champions } = await promoted('a', 'b');
    const entry = await champions.rollback(ADA);
    const { by, note, restores, revision } = entry;
    assert.deepEqual(
      { by, note, restores, revision },
      { by: 'ada', note: 'leases got worse', restores: 1, revision: 3 },
    );
    assert.equal(runOf(entry), 'a');
    assert.deepEqual((await champions.read())?.entries[0], entry);
  });

  it('goes two back when it is done twice, and no further than the first', async () => {
    const { champions } = await promoted('a', 'b', 'c');
    assert.equal(runOf(await champions.rollback(ADA)), 'b');
    assert.equal(runOf(await champions.rollback(ADA)), 'a');
    await assert.rejects(champions.rollback(ADA), { name: 'ChampionError', code: 'nothing-before' });
    assert.deepEqual(await historyOf(champions), ['5 a 1', '4 b 2', '3 c -', '2 b -', '1 a -']);
  });

  it('from a model that was promoted over a restored one goes back to the restored one', async () => {
    const { champions } = await promoted('a', 'b');
    await champions.rollback(ADA);
    await champions.promote(candidateOf('c'), { ...GATE, expected: 3 });
    const entry = await champions.rollback(ADA);
    assert.deepEqual([runOf(entry), entry.restores], ['a', 1]);
  });

  it('goes to a named revision, forwards too, and a rollback stands for the model that it brought back', async () => {
    const { champions } = await promoted('a', 'b', 'c');
    await champions.rollback({ ...ADA, to: 1 });
    assert.equal(runOf(await champions.rollback({ ...ADA, to: 3 })), 'c');
    const entry = await champions.rollback({ ...ADA, to: 4 });
    assert.deepEqual([runOf(entry), entry.restores], ['a', 1]);
  });

  it('says what is wrong with what it is asked for', async () => {
    const { champions } = await promoted('a', 'b');
    await assert.rejects(champions.rollback({ ...ADA, to: 7 }), {
      code: 'unknown-revision',
      message: 'There is no revision 7 of the champion: there are 1 to 2.',
    });
    await assert.rejects(champions.rollback({ ...ADA, to: 2 }), { code: 'same-model' });
    await champions.rollback(ADA);
    await assert.rejects(champions.rollback({ ...ADA, to: 1 }), { code: 'same-model', message: /as revision 3/ });
    const none = new ChampionStore(new MemoryObjectStore());
    await assert.rejects(none.rollback(ADA), { code: 'no-champion', message: /s3:\/\/memory/ });
  });

  it('to a named revision is done though a promotion comes between, to the one before it is not', async () => {
    for (const to of [1, undefined]) {
      const { objects, champions } = await promoted('a', 'b');
      const putIfMatch = objects.putIfMatch.bind(objects);
      objects.putIfMatch = async (...write) => {
        objects.putIfMatch = putIfMatch;
        await new ChampionStore(objects).promote(candidateOf('c'), { ...GATE, expected: 2 });
        return putIfMatch(...write);
      };
      const moving = champions.rollback({ ...ADA, to });
      if (to === undefined) await assert.rejects(moving, { code: 'moved' });
      else assert.equal((await moving).revision, 4);
      assert.equal((await historyOf(champions)).at(-3), '3 c -');
    }
  });
});

describe('what stands in the bucket', () => {
  it('is nothing at first', async () => {
    assert.equal(await new ChampionStore(new MemoryObjectStore()).read(), null);
  });

  it('that can not be read is neither replaced nor taken for none, and the message names it', async () => {
    const { objects, champions } = await promoted('a');
    objects.damage(KEY, (body) => body.subarray(1));
    const unreadable = {
      name: 'ChampionError',
      code: 'unreadable',
      message: /^models\/champion\.json in s3:\/\/memory/,
    };
    await assert.rejects(champions.read(), unreadable);
    await assert.rejects(champions.promote(candidateOf('b'), { ...GATE, expected: null }), unreadable);
    await assert.rejects(champions.rollback(ADA), unreadable);
  });
});
