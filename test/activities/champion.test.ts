/** `readChampion` and `promoteCandidate`: what a run sees of the champion, and what keeps it from moving. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPromoteCandidate } from '../../activities/promote-candidate.ts';
import { createReadChampion } from '../../activities/read-champion.ts';
import { ENVIRONMENT_BROKEN } from '../../contracts/failures.ts';
import type { ChampionEntry } from '../../contracts/champion.ts';
import { activityDeps, runActivity, type TestDeps } from '../fixtures/activity-deps.ts';
import { candidateOf } from '../fixtures/candidate.ts';

const read = (deps: TestDeps): Promise<ChampionEntry | null> => runActivity(createReadChampion(deps), undefined);

const promote = (deps: TestDeps, run: string, expected: number | null): Promise<ChampionEntry | null> =>
  runActivity(createPromoteCandidate(deps), { candidate: candidateOf(run), expected, by: 'gate', note: null });

describe('the champion', () => {
  it('is none at first, and then whom a run has promoted', async () => {
    const deps = activityDeps();
    assert.equal(await read(deps), null);
    const before = Date.now();
    const entry = await promote(deps, 'first', null);
    assert.ok(entry && Date.parse(entry.at) >= before && Date.parse(entry.at) <= Date.now());
    assert.deepEqual(await read(deps), entry);
  });

  it('is one of the two that were measured against the same one', async () => {
    const deps = activityDeps();
    await promote(deps, 'first', null);
    const entries = await Promise.all([promote(deps, 'second', 1), promote(deps, 'third', 1)]);
    assert.equal(entries.filter((entry) => entry === null).length, 1);
    assert.deepEqual(
      entries.find((entry) => entry !== null),
      await read(deps),
    );
  });

  it('that can not be read ends the run at once, and says which object it is', async () => {
    const deps = activityDeps();
    await promote(deps, 'first', null);
    deps.store.damage('models/champion.json', () => new Uint8Array());
    const failure = { type: ENVIRONMENT_BROKEN, nonRetryable: true, message: /^models\/champion\.json in / };
    await assert.rejects(read(deps), failure);
    await assert.rejects(promote(deps, 'second', 1), failure);
  });
});
