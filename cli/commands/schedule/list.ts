/** `veille schedule list`: the schedules that start retrainings. */
import { Command } from 'commander';
import type { Client } from '@temporalio/client';
import { RETRAIN_WORKFLOW } from '../../../contracts/queues.ts';
import { lineWidth, print, printJson, type CliContext } from '../../context.ts';
import { UsageError } from '../../exit.ts';
import { scheduleDocument } from '../../render/schedule-document.ts';
import { scheduleList } from '../../render/schedule-list.ts';
import { readSchedule } from '../../schedule/read-schedule.ts';
import type { ScheduleView } from '../../schedule/schedule-view.ts';
import { scheduleUrl } from '../../schedule/schedule-url.ts';
import { mapParallel } from '../../../adapters/requests/map-parallel.ts';

const EXAMPLES = `
Those of the namespace that start the workflow retrain, whoever made them. A new one may take a second to appear.

Examples:
  $ veille schedule list
  $ veille schedule list --json | jq -r '.[] | select(.paused) | .id'`;

/** Schedules looked at a time. */
const CONCURRENCY = 8;

export function listCommand(context: () => CliContext): Command {
  return new Command('list')
    .description('list the schedules, their next and their last runs')
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXAMPLES)
    .action((options: { readonly json?: boolean }) => list(context(), options));
}

async function list({ terminal, temporal }: CliContext, { json }: { readonly json?: boolean }): Promise<void> {
  const schedules = await readSchedules(await temporal.client());
  const documents = (): unknown => schedules.map((view) => scheduleDocument(view, scheduleUrl(temporal, view.id)));
  if (json) printJson(terminal.out, documents());
  else print(terminal.out, scheduleList(schedules, terminal.colors, lineWidth(terminal.out)));
}

/** The listing may lag behind, so that it is asked for the IDs alone. */
async function readSchedules(client: Client): Promise<ScheduleView[]> {
  const ids: string[] = [];
  for await (const { scheduleId, action } of client.schedule.list()) {
    if (action?.workflowType === RETRAIN_WORKFLOW) ids.push(scheduleId);
  }
  const views = await mapParallel(ids.sort(), (id) => readUnlessDeleted(client, id), { concurrency: CONCURRENCY });
  return views.filter((view) => view !== null);
}

async function readUnlessDeleted(client: Client, id: string): Promise<ScheduleView | null> {
  try {
    return await readSchedule(client, id, 1);
  } catch (error) {
    if (error instanceof UsageError) return null;
    throw error;
  }
}
