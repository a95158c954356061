/** Runs that train the same thing at the same time: one trains, the others wait for its result, or take over. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LEASE_MS } from '../../activities/training-lease.ts';
import { parseRetrainInput } from '../../contracts/parse-input.ts';
import { simulate, type Disturbance, type SimulatedEnd } from '../fixtures/simulated-training.ts';

const HOUR = 3_600;
const { checkpointSeconds } = parseRetrainInput({}).training;
/** What a waiting run may take to see that the training has ended or is free. */
const LOOK = (2 * LEASE_MS) / 1_000;

/** Every run has the result soon after the first one, and nothing but the result is left. */
function assertFinished({ finishedAt, keys }: SimulatedEnd, gone: readonly number[] = []): void {
  const finished = finishedAt.filter((at, index) => (gone.includes(index) ? assert.equal(at, null) : true));
  assert.ok(
    finished.every((at) => at !== null),
    `not all runs have finished: ${finishedAt.join(', ')}`,
  );
  assert.ok(Math.max(...finished) - Math.min(...finished) <= LOOK, finishedAt.join(', '));
  assert.deepEqual(keys, ['steps/fine-tune/result.json']);
}

describe('two runs that train the same thing for an hour', () => {
  for (let minutes = 0; minutes <= 64; minutes += 5)
    it(`train it once, started ${minutes} to ${minutes + 4} minutes apart`, async () => {
      for (let offset = minutes; offset < minutes + 5; offset++) {
        const end = await simulate([{ startsAt: 0 }, { startsAt: offset * 60 }], HOUR);
        assert.ok(end.trained <= 1.05 * HOUR, `${end.trained} s of training, ${offset} min apart`);
        assert.ok(Math.max(...end.finishedAt.map(Number)) <= Math.max(HOUR, offset * 60) + LOOK);
        if (offset < 60) assertFinished(end);
      }
    });

  it('train it once when both start within seconds', async () => {
    for (let seconds = 0; seconds <= 40; seconds += 2) {
      const end = await simulate([{ startsAt: 0 }, { startsAt: seconds }], 600);
      assert.equal(end.trained, 600, `started ${seconds} s apart`);
      assertFinished(end);
    }
  });
});

describe('runs that share a training of an hour', () => {
  /** Each loses at most what was trained since the checkpoint before. */
  const lossOf = (disturbances: number): number => disturbances * (checkpointSeconds + LOOK);
  const at = (minutes: number, kind: Disturbance['kind']): Disturbance => ({ at: minutes * 60, kind });

  it('are five, and train it once', async () => {
    const end = await simulate(
      [0, 1, 7, 300, 3_000].map((startsAt) => ({ startsAt })),
      HOUR,
    );
    assert.equal(end.trained, HOUR);
    assertFinished(end);
  });

  it('lose no more than the time since the last checkpoint when the one that trains is killed', async () => {
    const disturbances = [at(7, 'killed'), at(21, 'killed'), at(44, 'killed')];
    const end = await simulate([{ startsAt: 0, disturbances }, { startsAt: 60 }, { startsAt: 61 }], HOUR);
    assert.ok(end.trained <= HOUR + lossOf(3), String(end.trained));
    assertFinished(end);
  });

  it('take over from a run that is never heard of again', async () => {
    const runs = [{ startsAt: 0, disturbances: [at(33, 'gone')] }, { startsAt: 600 }, { startsAt: 601 }];
    const end = await simulate(runs, HOUR);
    assert.ok(end.trained <= HOUR + lossOf(1), String(end.trained));
    assertFinished(end, [0]);
  });

  it('lose nothing when the one that trains is preempted: it saves, and frees the training at once', async () => {
    const disturbances = [at(10, 'preempted'), at(20, 'preempted'), at(41, 'preempted')];
    const end = await simulate(
      [
        { startsAt: 0, disturbances },
        { startsAt: 5, disturbances: [at(30, 'preempted')] },
      ],
      HOUR,
    );
    assert.equal(end.trained, HOUR);
    assertFinished(end);
  });

  it('go on without one that freezes, which finds itself fenced when it wakes up', async () => {
    const runs = [{ startsAt: 0, disturbances: [at(12, 'frozen')] }, { startsAt: 30 }, { startsAt: 45 }];
    const end = await simulate(runs, HOUR);
    assert.ok(end.trained <= HOUR + lossOf(1), String(end.trained));
    assertFinished(end);
  });
});
