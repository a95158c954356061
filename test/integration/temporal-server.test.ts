/** What runs rely on in the stack's Temporal server: priority in a queue, and search attributes. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { DefaultLogger, makeTelemetryFilterString, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { temporalAccess } from '../../cli/observe/temporal-access.ts';
import { freePort } from '../../cli/stack/ports.ts';
import { startTemporal, type TemporalServer } from '../../cli/stack/temporal.ts';
import { SEARCH_ATTRIBUTES } from '../../contracts/search-attributes.ts';
import { registerSearchAttributes } from '../../workers/search-attributes.ts';
import { SLOT_QUEUE, wantSlot, WORKFLOW_QUEUE, type SlotActivities } from '../fixtures/one-slot/workflow.ts';
import { until } from '../fixtures/run-observation.ts';

Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
});

const { IndexedValueType, TaskQueueType } = proto.temporal.api.enums.v1;

let stateDir: string;
let server: TemporalServer;
let access: ReturnType<typeof temporalAccess>;
let client: Client;

before(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'veille-temporal-'));
  server = await startTemporal({ stateDir, port: await freePort(), uiPort: await freePort() });
  access = temporalAccess({ address: server.address, namespace: 'default', uiUrl: null });
  client = await access.client();
});
after(async () => {
  await access.close();
  await server.service.stop();
  await rm(stateDir, { recursive: true });
});

describe('priority', () => {
  it('lets a run of higher priority pass those that have waited longer for the one slot', async () => {
    const order: string[] = [];
    const release = new AbortController();
    const connection = await NativeConnection.connect({ address: server.address });
    const activities: SlotActivities = {
      async occupy(name) {
        order.push(name);
        if (name === 'first') await once(release.signal, 'abort');
      },
    };
    const workflowsPath = fileURLToPath(new URL('../fixtures/one-slot/workflow.ts', import.meta.url));
    const slot = { taskQueue: SLOT_QUEUE, activities, maxConcurrentActivityTaskExecutions: 1 };
    const workers = [
      await Worker.create({ connection, taskQueue: WORKFLOW_QUEUE, workflowsPath }),
      await Worker.create({ connection, ...slot }),
    ];
    const working = workers.map((worker) => worker.run());

    const start = (name: string, priorityKey: number) =>
      client.workflow.start(wantSlot, {
        workflowId: name,
        taskQueue: WORKFLOW_QUEUE,
        args: [name],
        priority: { priorityKey },
      });
    const runs = [await start('first', 3)];
    await until('the slot to be taken', async () => order.length === 1);
    for (const name of ['nightly-1', 'nightly-2', 'nightly-3', 'nightly-4']) runs.push(await start(name, 4));
    for (const name of ['manual-1', 'manual-2']) runs.push(await start(name, 2));
    await until('all of them to wait', async () => (await waiting()) === 6);
    release.abort();
    await Promise.all(runs.map((run) => run.result()));

    assert.deepEqual(order.slice(1, 3).sort(), ['manual-1', 'manual-2']);
    for (const worker of workers) worker.shutdown();
    await Promise.all(working);
    await connection.close();
  });

  /** Tasks in the slot's queue that no worker has taken. */
  async function waiting(): Promise<number> {
    const { stats } = await client.workflowService.describeTaskQueue({
      namespace: 'default',
      taskQueue: { name: SLOT_QUEUE },
      taskQueueType: TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
      reportStats: true,
    });
    return Number(stats?.approximateBacklogCount ?? 0);
  }
});

describe('search attributes', () => {
  const warnings: string[] = [];
  const register = (): Promise<boolean> =>
    registerSearchAttributes(client.connection.operatorService, 'default', ({ reason }) =>
      warnings.push(String(reason)),
    );

  it('are known to the server once they are registered, by however many workers', async () => {
    assert.deepEqual(await Promise.all([register(), register()]), [true, true]);
    const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace: 'default' });
    assert.deepEqual(Object.keys(customAttributes).sort(), Object.keys(SEARCH_ATTRIBUTES).sort());
    assert.equal(customAttributes['VeilleNdcgAfter'], IndexedValueType.INDEXED_VALUE_TYPE_DOUBLE);
    assert.equal(await register(), true);
    assert.deepEqual(warnings, []);
  });

  it('are left alone where one of another type is there, and the worker says so', async () => {
    const { operatorService } = client.connection;
    const namespace = 'default';
    await operatorService.removeSearchAttributes({ namespace, searchAttributes: ['VeilleVerdict'] });
    const searchAttributes = { VeilleVerdict: IndexedValueType.INDEXED_VALUE_TYPE_INT };
    await operatorService.addSearchAttributes({ namespace, searchAttributes });
    assert.equal(await register(), false);
    assert.deepEqual(warnings, ['search attribute VeilleVerdict is there with another type']);
  });
});
