/** `veille approve`: the answer to a run that waits with its candidate. */
import { Command } from 'commander';
import { APPROVE_UPDATE } from '../../contracts/queues.ts';
import { authorOf, type AuthorOptions } from '../author.ts';
import { print, type CliContext } from '../context.ts';
import { sendUpdate } from '../control/send-update.ts';

const EXAMPLES = `
A run with promote=manual whose candidate has passed the gate waits for an answer, approvalHours at most; then it ends
and the champion stays. \`veille show\` prints the verdict with its reasons. Who answered, when and why is kept with the
run, and with the champion.

Examples:
  $ veille run --set promote=manual
  $ veille show nightly-2026-11-24
  $ veille approve nightly-2026-11-24 --by ada --note "read twenty answers, all fine"
  $ veille approve nightly-2026-11-24 --by ada --refuse --note "worse on labour law"

Exit code: 0 answered, 1 the run does not wait for an answer or has ended, 2 wrong usage or no such run, 3 Temporal or
its worker does not answer.`;

export interface ApproveOptions extends AuthorOptions {
  readonly refuse?: boolean;
}

export function approveCommand(context: () => CliContext): Command {
  return new Command('approve')
    .description('make the candidate of a run that waits the champion, or refuse it')
    .argument('<workflow>', "the run's workflow ID")
    .option('--by <name>', "who answers (default: the user's name)")
    .option('--note <text>', 'why')
    .option('--refuse', 'keep the champion')
    .addHelpText('after', EXAMPLES)
    .action((workflowId: string, options: ApproveOptions) => approve(context(), workflowId, options));
}

/**
 * @throws {RunNotFoundError} when there is no such run
 * @throws {CliError} when it does not wait for an answer
 */
export async function approve(
  { terminal, temporal }: CliContext,
  workflowId: string,
  options: ApproveOptions,
): Promise<void> {
  const { note, refuse = false } = options;
  const by = authorOf(options);
  const approval = { by, approved: !refuse, ...(note === undefined ? {} : { note }) };
  await sendUpdate(await temporal.client(), workflowId, APPROVE_UPDATE, approval);
  print(terminal.out, [
    refuse
      ? `Refused by ${by}: the candidate of ${workflowId} is left, and the champion stays.`
      : `Approved by ${by}: the candidate of ${workflowId} becomes the champion. \`veille champion\` shows it.`,
  ]);
}
