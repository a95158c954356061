/** Saved histories still replay: today's workflow code makes the same decisions as the code that made them. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { it } from 'node:test';
import { Worker } from '@temporalio/worker';
import { ROOT } from '../fixtures/paths.ts';
import { workflowBundle } from '../fixtures/workflow-environment.ts';

const FOLDER = `${ROOT}test/histories`;
const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

/** Children of the workflow that a scenario is about, by their type. */
const CHILDREN: Readonly<Record<string, string>> = { embed: '/embed-base', trial: '/1' };

/** The ID that `scripts/save-histories.ts` ran the workflow under: child workflows' IDs are made of it. */
function workflowIdOf(name: string): string {
  const [, workflow = '', scenario] = /^(\w+?)-(.+)\.json$/.exec(name) ?? [];
  return `history-${scenario}${CHILDREN[workflow] ?? ''}`;
}

async function replay(history: unknown, workflowId: string): Promise<void> {
  await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history, workflowId);
}

it('has histories to replay', () => {
  assert.ok(names.length > 0);
});

for (const name of names)
  it(`replays ${name}`, async () => {
    const history: unknown = JSON.parse(readFileSync(`${FOLDER}/${name}`, 'utf8'));
    await replay(history, workflowIdOf(name));
  });

it('would notice a history that another workflow made', async () => {
  const [name] = names.filter((candidate) => candidate.startsWith('retrain-computed'));
  const history = JSON.parse(readFileSync(`${FOLDER}/${name}`, 'utf8')) as { events: { eventType: string }[] };
  const scheduled = history.events.filter(({ eventType }) => eventType === 'EVENT_TYPE_ACTIVITY_TASK_SCHEDULED');
  assert.ok(scheduled[1]);
  const attributes = (
    scheduled[1] as unknown as { activityTaskScheduledEventAttributes: { activityType: { name: string } } }
  ).activityTaskScheduledEventAttributes;
  attributes.activityType.name = 'somethingElse';
  await assert.rejects(replay(history, workflowIdOf(name ?? '')), /Nondeterminism/);
});
