/**
 * Saves the histories that `npm test` replays: `npm run history`. One file a workflow and scenario, from fake
 * activities on the time-skipping server; add files for new shapes, and never rewrite those of a released one.
 */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { ApplicationFailure } from '@temporalio/activity';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { PREEMPTED } from '../contracts/failures.ts';
import { CPU_QUEUE } from '../contracts/queues.ts';
import { damageOnce, fakeActivities, type FakeActivities } from '../test/fixtures/fake-activities.ts';
import { ROOT } from '../test/fixtures/paths.ts';
import { startTimeSkipping, withWorkers } from '../test/fixtures/workflow-environment.ts';
import { retrain } from '../workflows/retrain.ts';

/** Scenario → the activities that bring it about. */
const SCENARIOS: Readonly<Record<string, () => FakeActivities>> = {
  computed: () => fakeActivities(),
  'preempted-and-repaired': () => {
    const fakes = fakeActivities();
    const { fineTune } = fakes.gpu;
    let preemptions = 0;
    damageOnce(fakes, 'buildIndex');
    fakes.gpu.fineTune = async (input) => {
      if (preemptions++ < 2)
        throw ApplicationFailure.create({ type: PREEMPTED, message: 'the machine was taken away' });
      return fineTune(input);
    };
    return fakes;
  },
};

const env = await startTimeSkipping();
for (const [scenario, fakes] of Object.entries(SCENARIOS))
  await withWorkers(env, fakes(), async () => {
    const workflowId = `history-${scenario}`;
    const handle = await env.client.workflow.start(retrain, { workflowId, taskQueue: CPU_QUEUE, args: [{}] });
    await handle.result();
    await save(`retrain-${scenario}`, await handle.fetchHistory());
    await save(`embed-${scenario}`, await env.client.workflow.getHandle(`${workflowId}/embed-base`).fetchHistory());
  });
await env.teardown();

async function save(name: string, history: Parameters<typeof historyToJSON>[0]): Promise<void> {
  const path = `${ROOT}test/histories/${name}.json`;
  if (existsSync(path)) return console.log(`kept   ${path}`);
  // A stack trace has this machine's paths, and no replay reads it.
  const events: unknown = JSON.parse(historyToJSON(history), (key, value: unknown) =>
    key === 'stackTrace' ? undefined : value,
  );
  await writeFile(path, `${JSON.stringify(events)}\n`);
  console.log(`wrote  ${path}`);
}
