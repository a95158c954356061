/** `veille champion`: the model that retrieves now, and all that did before it. */
import { Command, InvalidArgumentError } from 'commander';
import { ChampionStore } from '../../adapters/champion/champion-store.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { authorOf, type AuthorOptions } from '../author.ts';
import { requireBucket, tellingOfBucket } from '../bucket.ts';
import { lineWidth, print, printJson, type CliContext } from '../context.ts';
import { championReport } from '../render/champion-report.ts';

const EXAMPLES = `
Needs the bucket alone, not Temporal: the champion and its history are models/champion.json there. A run moves it when
its candidate passes the gate; \`veille champion rollback\` moves it back.

Examples:
  $ veille champion
  $ veille champion --json | jq -r '.entries[0].run.workflowId'
  $ veille search --champion "a question"

Exit code: 0 shown or moved, 1 there is nothing to go back to, 2 wrong usage or no such revision, 3 the bucket does not
answer.`;

const ROLLBACK_EXAMPLES = `
Without --to, the model that was champion before the present one was promoted; typed again, the one before that. Nothing
is removed from the history: a rollback is a move of its own, and --to goes forward again. The next run measures its
candidate against the model that is champion then.

Examples:
  $ veille champion rollback --by ada --note "answers on leases got worse"
  $ veille champion rollback --to 3`;

export interface RollbackOptions extends AuthorOptions {
  readonly to?: number;
}

/** The bucket; null where it is the local one, which is not running. */
export type FindBucket = () => { readonly store: ObjectStore | null };
/** For who has nothing to put into one. */
export const noBucket: FindBucket = () => ({ store: null });

export function championCommand(context: () => CliContext, bucket: FindBucket): Command {
  return new Command('champion')
    .description('show the model that retrieves now, or move back to an earlier one')
    .option('--json', 'print one JSON document: {entries}, newest first')
    .addHelpText('after', EXAMPLES)
    .action((options: { readonly json?: boolean }) => champion(context(), bucket().store, options))
    .addCommand(rollbackCommand(context, bucket));
}

function rollbackCommand(context: () => CliContext, bucket: FindBucket): Command {
  return new Command('rollback')
    .description('make an earlier model the champion again')
    .option('--to <revision>', 'the revision whose model it is (default: the one before)', parseRevision)
    .option('--by <name>', "who does it (default: the user's name)")
    .option('--note <text>', 'why')
    .addHelpText('after', ROLLBACK_EXAMPLES)
    .action((options: RollbackOptions) => rollback(context(), bucket().store, options));
}

/** @throws {CliError} when the bucket can't be used, or what it has is no such file */
export async function champion(
  { terminal }: CliContext,
  store: ObjectStore | null,
  { json }: { readonly json?: boolean },
): Promise<void> {
  const file = await withChampions(store, (champions) => champions.read());
  if (json) printJson(terminal.out, { entries: file?.entries ?? [] });
  else print(terminal.out, championReport(file, terminal.colors, lineWidth(terminal.out)));
}

/** @throws {CliError} when there is nothing to go back to, or the bucket can't be used */
export async function rollback(
  { terminal }: CliContext,
  store: ObjectStore | null,
  options: RollbackOptions,
): Promise<void> {
  const { to, note = null } = options;
  const by = authorOf(options);
  const { revision, restores, run } = await withChampions(store, (champions) =>
    champions.rollback({ ...(to === undefined ? {} : { to }), by, note, at: new Date() }),
  );
  print(terminal.out, [
    `The champion is the model of revision ${restores} again, of run ${run.workflowId}: revision ${revision}.`,
  ]);
}

function withChampions<R>(store: ObjectStore | null, work: (champions: ChampionStore) => Promise<R>): Promise<R> {
  return tellingOfBucket(() => work(new ChampionStore(requireBucket(store))));
}

function parseRevision(text: string): number {
  const revision = Number(text);
  if (!Number.isInteger(revision) || revision < 1) throw new InvalidArgumentError('It is a whole number from 1.');
  return revision;
}
