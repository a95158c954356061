/** A step is computed once for its key; what is damaged or contested is found out. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { runStep } from '../../activities/step.ts';
import { artifactRef } from '../../contracts/artifact.ts';
import type { StepOutcome } from '../../contracts/steps.ts';
import { activityDeps, runActivity, type TestDeps } from '../fixtures/activity-deps.ts';

const schema = z.strictObject({ file: artifactRef });
type Result = z.infer<typeof schema>;

const identity = (parameter: number) => ({
  name: 'test',
  version: 1,
  inputs: { data: 'abc' },
  parameters: { parameter },
});

/** Runs the step, which stores `text`, and counts how often it is computed. */
function storing(
  deps: TestDeps,
  text: string,
  counter: { computed: number },
): (parameter: number) => Promise<StepOutcome<Result>> {
  return (parameter) =>
    runStep(deps.records, { identity: identity(parameter), schema }, async () => {
      counter.computed++;
      return { file: await deps.artifacts.putBytes(Buffer.from(text)) };
    });
}

describe('runStep', () => {
  it('computes once, and then names the run that did', async () => {
    const deps = activityDeps();
    const counter = { computed: 0 };
    const step = storing(deps, 'a', counter);
    const first = await runActivity(step, 1, 'monday');
    const second = await runActivity(step, 1, 'tuesday');
    assert.equal(counter.computed, 1);
    assert.deepEqual([first.cached, second.cached], [false, true]);
    assert.deepEqual(second.madeBy, { workflowId: 'monday', runId: 'monday-run' });
    assert.deepEqual(second.result, first.result);
  });

  it('computes again for another parameter', async () => {
    const deps = activityDeps();
    const counter = { computed: 0 };
    const step = storing(deps, 'a', counter);
    await runActivity(step, 1);
    await runActivity(step, 2);
    assert.equal(counter.computed, 2);
  });

  it('records nothing when the computation fails', async () => {
    const deps = activityDeps();
    const failing = (): Promise<StepOutcome<Result>> =>
      runStep(deps.records, { identity: identity(1), schema }, () => Promise.reject(new Error('boom')));
    await assert.rejects(runActivity(failing, undefined), /boom/);
    assert.deepEqual(deps.store.keys(), []);
  });

  for (const [what, harm] of [
    ['is missing', (deps: TestDeps, key: string) => deps.store.delete([key])],
    ['was replaced', (deps: TestDeps, key: string) => deps.store.damage(key, (body) => body.map((byte) => byte ^ 1))],
  ] as const)
    it(`computes again when an object of the result ${what}, and says so`, async () => {
      const deps = activityDeps();
      const counter = { computed: 0 };
      const step = storing(deps, 'some text', counter);
      const { result } = await runActivity(step, 1, 'monday');
      await harm(deps, result.file.key);
      const again = await runActivity(step, 1, 'tuesday');
      assert.equal(counter.computed, 2);
      assert.equal(again.cached, false);
      assert.equal(deps.warnings.length, 1);
      assert.equal(await deps.artifacts.check(result.file), 'ok');
    });

  it('computes again when the record can not be read, and replaces it', async () => {
    const deps = activityDeps();
    const counter = { computed: 0 };
    const step = storing(deps, 'a', counter);
    const { key } = await runActivity(step, 1);
    deps.store.damage(`steps/test/${key}.json`, (body) => body.subarray(0, 10));
    await runActivity(step, 1);
    assert.equal((await runActivity(step, 1)).cached, true);
    assert.equal(counter.computed, 2);
  });

  it('lets the first of two concurrent runs win, and gives both its result', async () => {
    const deps = activityDeps();
    let arrived = 0;
    let allArrived = (): void => {};
    const everybody = new Promise<void>((resolve) => (allArrived = resolve));
    const racing = (text: string): Promise<StepOutcome<Result>> =>
      runStep(deps.records, { identity: identity(1), schema }, async () => {
        if (++arrived === 2) allArrived();
        await everybody;
        return { file: await deps.artifacts.putBytes(Buffer.from(text)) };
      });
    const [a, b] = await Promise.all([runActivity(racing, 'a', 'a'), runActivity(racing, 'b', 'b')]);
    assert.deepEqual(a.result, b.result);
    assert.deepEqual(a.madeBy, b.madeBy);
  });
});
