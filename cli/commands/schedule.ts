/** `veille schedule`: retrainings that start by themselves. */
import { Command } from 'commander';
import type { CliContext } from '../context.ts';
import type { FindBucket } from './champion.ts';
import { backfillCommand } from './schedule/backfill.ts';
import { createCommand } from './schedule/create.ts';
import { deleteCommand } from './schedule/delete.ts';
import { listCommand } from './schedule/list.ts';
import { pauseCommand, resumeCommand } from './schedule/pause.ts';
import { showCommand } from './schedule/show.ts';
import { triggerCommand } from './schedule/trigger.ts';
import { updateCommand } from './schedule/update.ts';

const EXAMPLES = `
A schedule lives on the Temporal server, which starts its runs whether or not this machine is on. A run that was missed
while the server was down is caught up once; a run that is due while the last one goes on is left out.

Examples:
  $ veille schedule create nightly --cron "0 2 * * *" --timezone Europe/Paris --config nightly.json
  $ veille schedule update nightly --set training.epochs=2
  $ veille schedule list
  $ veille schedule pause nightly --note "the corpus moves to another bucket"
  $ veille schedule backfill nightly --from 2026-11-20 --to 2026-11-23 --dry-run

Exit code: 0 done, 1 no run was started, 2 wrong usage or no such schedule, 3 Temporal does not answer.`;

export function scheduleCommand(context: () => CliContext, bucket: FindBucket): Command {
  const command = new Command('schedule')
    .description('start retrainings by the clock: every night, every week')
    .addHelpText('after', EXAMPLES);
  const subcommands = [
    createCommand,
    updateCommand,
    listCommand,
    showCommand,
    pauseCommand,
    resumeCommand,
    triggerCommand,
    backfillCommand,
    deleteCommand,
  ];
  for (const create of subcommands) command.addCommand(create(context, bucket));
  return command;
}
