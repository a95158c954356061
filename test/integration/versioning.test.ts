/** Builds of the workers on the real servers: which one runs what, when another takes over, and what tells of it. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import proto from '@temporalio/proto';
import pc from 'picocolors';
import { deploy } from '../../cli/commands/deploy.ts';
import type { CliContext } from '../../cli/context.ts';
import { temporalCheck } from '../../cli/doctor/temporal.ts';
import { temporalAccess } from '../../cli/observe/temporal-access.ts';
import type { SupervisedWorker } from '../../cli/stack/workers.ts';
import { CPU_QUEUE } from '../../contracts/queues.ts';
import { DEPLOYMENT_NAME, readCurrentBuild } from '../../workers/worker-deployment.ts';
import { until } from '../fixtures/run-observation.ts';
import { smallRun, writeRows } from '../fixtures/small-run.ts';
import { startTestStack, type Queue, type TestStack } from '../fixtures/test-stack.ts';

const { PendingActivityState } = proto.temporal.api.enums.v1;

let stack: TestStack;
let access: CliContext['temporal'];

before(async () => {
  stack = await startTestStack();
  access = temporalAccess({ address: stack.stack.temporal.address, namespace: 'default', uiUrl: null });
});
after(async () => {
  await access.close();
  await stack.stop();
});

function startBuild(build: string, queue: Queue, variables: NodeJS.ProcessEnv = {}): Promise<SupervisedWorker> {
  return stack.startWorker(queue, `${queue}-${build}`, { VEILLE_BUILD_ID: build, ...variables });
}

async function currentBuild(): Promise<string | null> {
  const service = stack.client.workflowService;
  return (await readCurrentBuild({ service, namespace: 'default', identity: 'test' })).buildId;
}

/** State of the run's activity on the GPU queue. */
async function exporting(run: WorkflowHandle): Promise<unknown> {
  const { raw, status } = await run.describe();
  assert.equal(status.name, 'RUNNING');
  return raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'exportEncoder')?.state;
}

async function veilleDeploy(buildId: string): Promise<string> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const terminal = { out, err, isTTY: false, colors: pc.createColors(false), size: () => ({ columns: 80, rows: 24 }) };
  const interruptSignal = () => new AbortController().signal;
  try {
    await deploy({ terminal, temporal: access, artifactsUrl: '', interruptSignal }, buildId);
  } finally {
    for (const stream of [out, err]) stream.end();
  }
  return `${await text(out)}${await text(err)}`;
}

describe('two builds', () => {
  let run: WorkflowHandle;

  it('the first that comes is current, and a GPU worker that comes later takes what waits for it', async () => {
    const cpu = await startBuild('a', 'cpu');
    await writeRows(stack.path('rows.jsonl'), 160);
    run = await stack.client.workflow.start('retrain', {
      workflowId: 'run',
      taskQueue: CPU_QUEUE,
      args: [smallRun(stack.path('rows.jsonl'))],
    });
    await until(
      'the run to wait for a GPU',
      async () => (await exporting(run)) === PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED,
    );
    await startBuild('a', 'gpu');
    await until(
      'the GPU worker to take it',
      async () => (await exporting(run)) === PendingActivityState.PENDING_ACTIVITY_STATE_STARTED,
    );
    assert.equal(await currentBuild(), 'a');

    await startBuild('b', 'cpu');
    await until('the other build to be current', async () => (await currentBuild()) === 'b');
    await cpu.stop();
  });

  it('a run goes over to the new build, and is ended by it', async () => {
    await run.cancel();
    await assert.rejects(
      run.result(),
      (error) => error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure,
    );
    const { raw } = await run.describe();
    const { deploymentVersion } = raw.workflowExecutionInfo?.versioningInfo ?? {};
    assert.deepEqual({ ...deploymentVersion }, { buildId: 'b', deploymentName: DEPLOYMENT_NAME });
  });

  it('the doctor tells of a queue whose workers are of another build only', async () => {
    const found = await temporalCheck(access, false).look();
    assert.ok(typeof found !== 'string');
    assert.equal(found.state, 'warn');
    assert.match(found.detail, /build b is current, but veille-gpu has workers of a only/);
  });
});

describe('VEILLE_DEPLOY=manual', () => {
  it('leaves the current build alone, and says how to change it', async () => {
    await startBuild('c', 'cpu', { VEILLE_DEPLOY: 'manual' });
    const log = await until('the worker to say so', async () =>
      /"level":40.*build b is current.*/.exec(await stack.logOf('worker-cpu-c')),
    );
    assert.match(log[0], /this worker of build c takes no tasks: .*run veille deploy --build c/);
    assert.equal(await currentBuild(), 'b');
  });

  it('veille deploy makes it current, and tells what trainings wait for', async () => {
    assert.equal(
      await veilleDeploy('c'),
      'Before  b\nNow     c\nNo worker of build c has polled veille-gpu: trainings wait until one does.\n',
    );
    assert.equal(await currentBuild(), 'c');
    assert.match(await veilleDeploy('c'), /^Before {2}c\nNow {5}c, which was current already\n/);
  });

  it('veille deploy refuses a build without workers, and one without the workflows', async () => {
    await assert.rejects(
      veilleDeploy('nothing'),
      /No worker of build nothing has polled veille-cpu.*Nothing was changed/,
    );
    await startBuild('d', 'gpu', { VEILLE_DEPLOY: 'manual' });
    await assert.rejects(veilleDeploy('d'), /No worker of build d has polled veille-cpu/);
    assert.equal(await currentBuild(), 'c');
  });
});

describe('a build that is older than the current one', () => {
  const newer = { VEILLE_BUILD_TIME: '2031-01-01T00:00:00Z' };

  it('does not take over when its CPU worker starts, and says what to do', async () => {
    const worker = await startBuild('older', 'cpu', { VEILLE_BUILD_TIME: '2030-12-31T23:00:00Z' });
    await until('a build without a time to give way', async () => (await currentBuild()) === 'older');
    await startBuild('newer', 'cpu', newer);
    await until('the newer build to be current', async () => (await currentBuild()) === 'newer');
    await worker.stop();

    await startBuild('older', 'cpu', { VEILLE_BUILD_TIME: '2030-12-31T23:00:00Z' });
    const log = await until('the worker to say so', async () =>
      /"level":40.*build newer is current.*/.exec(await stack.logOf('worker-cpu-older')),
    );
    assert.match(log[0], /its code is older\. To go back on purpose, .*run veille deploy --build older/);
    assert.equal(await currentBuild(), 'newer');
  });

  it('takes over with VEILLE_DEPLOY=always, as on a machine that has one checkout', async () => {
    await startBuild('oldest', 'cpu', { VEILLE_BUILD_TIME: '2020-01-01T00:00:00Z', VEILLE_DEPLOY: 'always' });
    await until('the oldest build to be current', async () => (await currentBuild()) === 'oldest');
  });
});
