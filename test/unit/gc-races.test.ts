/** Garbage collection beside runs: whatever the order of their requests, nothing that is needed goes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { CONDEMNED_KEY } from '../../adapters/retention/condemned-list.ts';
import {
  RetentionWorld,
  type Past,
  type PlannedCollection,
  type PlannedRun,
  type Sabotage,
} from '../fixtures/retention-world.ts';
import { keysOf } from '../fixtures/retention-objects.ts';
import { storeWith } from '../fixtures/store-with.ts';

type Listed = ReturnType<ObjectStore['list']> extends AsyncIterable<infer Object> ? Object : never;

const STEPS = 3;
/** Around twelve hours, after which an object is touched, and thirteen, before which none is garbage. */
const age = fc.constantFrom(null, 1, 11, 13, 14, 30 * 24);
const hours = fc.constantFrom(0, 0, 0, 1, 12, 13, 26);

const past: fc.Arbitrary<Past[]> = fc.array(
  fc.record({ record: age, artifact: age, embeddings: age, checkpoint: age }),
  { minLength: STEPS, maxLength: STEPS },
);
const run: fc.Arbitrary<PlannedRun> = fc.record({
  at: hours,
  steps: fc.shuffledSubarray([0, 1, 2], { minLength: 1 }),
  pause: fc.constantFrom(0, 1, 13),
});
const collection: fc.Arbitrary<PlannedCollection> = fc.record({
  at: hours,
  dieAfter: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.nat(60)),
});
const scenario = fc.record({
  past,
  runs: fc.array(run, { minLength: 1, maxLength: 3 }),
  collections: fc.array(collection, { minLength: 1, maxLength: 3 }),
  choices: fc.array(fc.nat(20), { minLength: 1, maxLength: 200 }),
});

/** A run of the past that somebody has tagged, and one that nobody needs; garbage without a name. */
const TAGGED = { name: 'tagged', steps: [2] };
const DROPPED = { name: 'dropped', steps: [0, 1] };
const ORPHAN = `artifacts/sha256/00/${'0'.repeat(64)}`;

function property(sabotage: Sabotage = {}) {
  return fc.asyncProperty(scenario, async ({ past: objects, runs, collections, choices }) => {
    const world = new RetentionWorld(sabotage);
    await world.remember(objects);
    await world.rememberRun(DROPPED.name, DROPPED.steps, 60 * 24);
    await world.rememberRun(TAGGED.name, TAGGED.steps, 59 * 24);
    await world.put(59 * 24, `runs/${TAGGED.name}/1/tags/best.json`, Buffer.from('{}'));
    await world.put(30 * 24, ORPHAN, Buffer.from('orphan'));
    const { record, artifact, segment } = keysOf(2);
    const needed = [record, artifact, segment].filter((key) => world.store.keys().includes(key));

    const tasks = [
      ...runs.map((planned, number) => world.run(number, planned)),
      ...collections.map((planned) => world.collect(planned)),
    ];
    await world.interleaving.play(tasks, choices);
    world.assertThere(needed, 'the tagged run');

    await world.interleaving.play([world.collect({ at: 48, dieAfter: Number.POSITIVE_INFINITY })], choices);
    world.assertThere(needed, 'the tagged run, after the last collection');
    for (const key of [ORPHAN, `runs/${DROPPED.name}/1/record.json`])
      assert.ok(!world.store.keys().includes(key), `${key} is still there`);
  });
}

/** How the property fails where the protocol is broken. */
async function failureWith(sabotage: Sabotage): Promise<string> {
  const { errorInstance } = await fc.check(property(sabotage), { numRuns: 3_000, seed: 7, endOnFailure: true });
  return errorInstance instanceof Error ? errorInstance.message : 'it does not fail';
}

describe('garbage collection beside runs', () => {
  it('takes nothing from a run, a kept record or a training, and leaves no garbage in the end', async () => {
    // Shrinking thousands of interleavings takes minutes: the seed and the path in the message are enough to see it again.
    await fc.assert(property(), { numRuns: 200, endOnFailure: true });
  });

  it('would take from runs without its second look', async () => {
    assert.match(await failureWith({ collector: withoutSecondLook }), /^run \d .*: .* is gone$/);
  });

  it('would take from runs that did not ask what is condemned', async () => {
    assert.match(await failureWith({ writer: withoutList }), /^run \d .*: .* is gone$/);
  });

  it('would take from runs that did not touch what they rely on', async () => {
    assert.match(await failureWith({ untouched: true }), /^run \d .*: .* is gone$/);
  });
});

/** Listings stay as they were first seen. */
function withoutSecondLook(store: ObjectStore): ObjectStore {
  const seen = new Map<string, Listed[]>();
  return storeWith(store, {
    async *list(prefix) {
      const listed = seen.get(prefix) ?? [];
      if (!seen.has(prefix)) for await (const object of store.list(prefix)) listed.push(object);
      seen.set(prefix, listed);
      yield* listed;
    },
  });
}

function withoutList(store: ObjectStore): ObjectStore {
  return storeWith(store, { head: async (key) => (key === CONDEMNED_KEY ? null : store.head(key)) });
}
