/**
 * Saves the histories that `npm test` replays: `npm run history`. One file a workflow and scenario, from fake
 * activities on the time-skipping server; add files for new shapes, and never rewrite those of a released one.
 */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { ApplicationFailure } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { INVALID_INPUT, PREEMPTED } from '../contracts/failures.ts';
import type { RunProgress } from '../contracts/progress.ts';
import { APPROVE_UPDATE, CPU_QUEUE, PAUSE_UPDATE, PROGRESS_QUERY, RESUME_UPDATE } from '../contracts/queues.ts';
import type { RetrainInput } from '../contracts/retrain-input.ts';
import type { SweepInput } from '../contracts/sweep-input.ts';
import { damageOnce, fakeActivities, type FakeActivities } from '../test/fixtures/fake-activities.ts';
import { fakeChampion } from '../test/fixtures/fake-gate.ts';
import { ROOT } from '../test/fixtures/paths.ts';
import { startTimeSkipping, withWorkers } from '../test/fixtures/workflow-environment.ts';
import { SEGMENTS_PER_RUN } from '../workflows/options.ts';
import { retrain } from '../workflows/retrain.ts';
import { sweep } from '../workflows/sweep.ts';

type History = Parameters<typeof historyToJSON>[0];

interface Scenario {
  readonly fakes: FakeActivities;
  readonly input: RetrainInput;
  /** What people do while it goes on. */
  readonly during?: (handle: WorkflowHandle<typeof retrain>) => Promise<void>;
}

function preemptedAndRepaired(): Scenario {
  const fakes = fakeActivities();
  const { fineTune } = fakes.gpu;
  let preemptions = 0;
  damageOnce(fakes, 'buildIndex');
  fakes.gpu.fineTune = async (input) => {
    if (preemptions++ < 2) throw ApplicationFailure.create({ type: PREEMPTED, message: 'the machine was taken away' });
    return fineTune(input);
  };
  return { fakes, input: {} };
}

/** Against a champion, with a guard set, paused for a while, approved by a person. */
function approved(): Scenario {
  const fakes = fakeActivities();
  fakes.cpu.readChampion = async () => fakeChampion(1);
  const input: RetrainInput = {
    promote: 'manual',
    gate: { guards: { sheets: { data: { source: 'sheets.jsonl' } } } },
    training: { hardNegatives: {} },
  };
  const who = { by: 'Ada', note: 'history' };
  const during: Scenario['during'] = async (handle) => {
    await handle.executeUpdate(PAUSE_UPDATE, { args: [who] });
    await handle.executeUpdate(RESUME_UPDATE, { args: [who] });
    for (;;) {
      const { approvalUntil } = await handle.query<RunProgress>(PROGRESS_QUERY);
      if (approvalUntil !== null) break;
    }
    await handle.executeUpdate(APPROVE_UPDATE, { args: [who] });
  };
  return { fakes, input, during };
}

/** Another run's candidate becomes the champion first: this one is judged again, against that. */
function lostRace(): Scenario {
  const fakes = fakeActivities();
  const { writeRecord } = fakes.cpu;
  let losses = 0;
  fakes.cpu.readChampion = async () => fakeChampion(1 + losses);
  fakes.cpu.writeRecord = async (input) => (input.promote && losses++ === 0 ? null : writeRecord(input));
  return { fakes, input: {} };
}

const SCENARIOS: Readonly<Record<string, () => Scenario>> = {
  computed: () => ({ fakes: fakeActivities(), input: {} }),
  'preempted-and-repaired': preemptedAndRepaired,
  approved,
  // The record and the champion's move as one commit, and looks at the GPU queue.
  'recorded-computed': () => ({ fakes: fakeActivities(), input: {} }),
  'recorded-preempted-and-repaired': preemptedAndRepaired,
  'recorded-approved': approved,
  'recorded-after-a-lost-race': lostRace,
  // Words beside activities and timers, and no signals of counts.
  'described-computed': () => ({ fakes: fakeActivities(), input: {} }),
  'described-preempted-and-repaired': preemptedAndRepaired,
  'described-approved': approved,
  // The history of `embed` is the one of its last run.
  'described-continued': () => ({ fakes: fakeActivities(SEGMENTS_PER_RUN + 8), input: {} }),
};

const env = await startTimeSkipping();
for (const [name, scenario] of Object.entries(SCENARIOS)) {
  const { fakes, input, during } = scenario();
  await withWorkers(env, fakes, async () => {
    const workflowId = `history-${name}`;
    const handle = await env.client.workflow.start(retrain, { workflowId, taskQueue: CPU_QUEUE, args: [input] });
    await during?.(handle);
    await handle.result();
    await save(`retrain-${name}`, await handle.fetchHistory());
    await save(`embed-${name}`, await historyOf(`${workflowId}/embed-base`));
  });
}
// The second with looks at the GPU queue, the third with words beside what it waits for.
for (const name of ['grid', 'watched-grid', 'described-grid'])
  await withWorkers(env, fakeActivities(), async () => {
    const workflowId = `history-${name}`;
    const input: SweepInput = { grid: { learningRate: [1e-4, 5e-4] } };
    await env.client.workflow.execute(sweep, { workflowId, taskQueue: CPU_QUEUE, args: [input] });
    await save(`sweep-${name}`, await historyOf(workflowId));
    await save(`trial-${name}`, await historyOf(`${workflowId}/1`));
  });
// An input that is not even readable, and asks for silence.
const refusing = fakeActivities();
refusing.cpu.prepareRun = async () => {
  throw ApplicationFailure.create({ type: INVALID_INPUT, message: 'unknown field', nonRetryable: true });
};
await withWorkers(env, refusing, async () => {
  const args: [RetrainInput] = [{ notify: 'never' }];
  const start = { workflowId: 'history-unprepared-silence', taskQueue: CPU_QUEUE, args };
  const handle = await env.client.workflow.start(retrain, start);
  await handle.result().catch(() => {});
  await save('retrain-unprepared-silence', await handle.fetchHistory());
});
// No trial ends well, which the webhook is told.
const failing = fakeActivities();
failing.gpu.fineTune = async () => {
  throw ApplicationFailure.create({ type: INVALID_INPUT, message: 'nothing can be trained', nonRetryable: true });
};
await withWorkers(env, failing, async () => {
  const workflowId = 'history-described-failure';
  const args: [SweepInput] = [{ grid: { learningRate: [1e-4, 5e-4] } }];
  const handle = await env.client.workflow.start(sweep, { workflowId, taskQueue: CPU_QUEUE, args });
  await handle.result().catch(() => {});
  await save('sweep-described-failure', await handle.fetchHistory());
});
await env.teardown();

function historyOf(workflowId: string): Promise<History> {
  return env.client.workflow.getHandle(workflowId).fetchHistory();
}

async function save(name: string, history: History): Promise<void> {
  const path = `${ROOT}test/histories/${name}.json`;
  if (existsSync(path)) return console.log(`kept   ${path}`);
  // A stack trace has this machine's paths, and no replay reads it.
  const events: unknown = JSON.parse(historyToJSON(history), (key, value: unknown) =>
    key === 'stackTrace' ? undefined : value,
  );
  await writeFile(path, `${JSON.stringify(events)}\n`);
  console.log(`wrote  ${path}`);
}
