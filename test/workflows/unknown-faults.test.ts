/** Faults of unknown kind are counted by themselves: outages, preemptions and dead workers use none of their attempts up. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { ApplicationFailure } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { durable } from '../../activities/durable.ts';
import { StoreRefusedError, StoreUnavailableError } from '../../adapters/object-store/store-error.ts';
import { ENVIRONMENT_BROKEN, INTERNAL, PREEMPTED } from '../../contracts/failures.ts';
import { fakeActivities } from '../fixtures/fake-activities.ts';
import { failureOf, runRetrain } from '../fixtures/run-retrain.ts';
import { startTimeSkipping } from '../fixtures/workflow-environment.ts';

let env: TestWorkflowEnvironment;
before(async () => {
  env = await startTimeSkipping();
});
after(() => env.teardown());

const outage = (): Error =>
  new StoreUnavailableError('s3://veille/', 'get data', { cause: new Error('it answers 503') });
const preemption = (): Error => ApplicationFailure.create({ type: PREEMPTED, message: 'the machine has to go' });
const unknown = (): Error => new Error('ENOTEMPTY: directory not empty');
const refusal = (): Error =>
  new StoreRefusedError('s3://veille/', 'get data', 'Give the right', { code: 'AccessDenied', cause: 'no' });

/** The first activity of a run fails in these ways, one an attempt, and then ends well. */
function failing(faults: readonly (() => Error)[]): ReturnType<typeof fakeActivities> & { attempts: number } {
  const fakes = { ...fakeActivities(), attempts: 0 };
  const { prepareRun } = fakes.cpu;
  fakes.cpu.prepareRun = async (input) => {
    const fault = faults[fakes.attempts++];
    if (fault) throw fault();
    return prepareRun(input);
  };
  fakes.cpu = durable(fakes.cpu);
  return fakes;
}

it('lets a run end well after any number of outages and preemptions, with unknown faults among them', async () => {
  const faults = [outage, outage, unknown, preemption, outage, unknown, outage, preemption, unknown, outage, unknown];
  const fakes = failing(faults);
  await runRetrain(env, fakes);
  assert.equal(fakes.attempts, faults.length + 1);
});

it('takes the fifth unknown fault for a bug', async () => {
  const faults = [unknown, outage, unknown, outage, unknown, outage, unknown, outage, unknown, outage];
  const fakes = failing(faults);
  const { type, message } = await failureOf(runRetrain(env, fakes));
  assert.deepEqual([type, message, fakes.attempts], [INTERNAL, unknown().message, 9]);
});

it('gives an operator as many attempts to mend what the store refuses', async () => {
  const fakes = failing([refusal, outage, refusal, refusal, refusal, refusal]);
  const { type, message } = await failureOf(runRetrain(env, fakes));
  assert.deepEqual([type, message, fakes.attempts], [ENVIRONMENT_BROKEN, refusal().message, 6]);
});
