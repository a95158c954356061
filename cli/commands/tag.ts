/** `veille tag`: words on a run that keep it. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { CollectionWatch } from '../../adapters/retention/collection-watch.ts';
import { CondemnedError } from '../../adapters/retention/retention-error.ts';
import { TagStore } from '../../adapters/tags/tag-store.ts';
import type { Provenance } from '../../contracts/artifact.ts';
import { RUN_FILES, runFolder } from '../../contracts/run-record.ts';
import { tagName } from '../../contracts/tags.ts';
import { authorOf, type AuthorOptions } from '../author.ts';
import { requireBucket, tellingOfBucket } from '../bucket.ts';
import { print, printJson, type CliContext } from '../context.ts';
import { CliError, EXIT } from '../exit.ts';
import { findRecord } from '../records/find-record.ts';
import { parseRunArgument } from '../records/run-argument.ts';
import { tagLines } from '../render/tag-lines.ts';
import type { FindBucket } from './champion.ts';

const EXAMPLES = `
A tagged run stays in the bucket, whatever \`veille gc\` is told to keep. <run> is a workflow ID, whose newest finished run
is meant, or workflow@run for a certain one. Without names, its tags are listed. A name has letters, digits, ".", "_" and
"-".

Examples:
  $ veille tag nightly-2026-11-24 before-reform --note "last one on the old code of labour"
  $ veille tag nightly-2026-11-24
  $ veille tag nightly-2026-11-24 before-reform --remove
  $ veille runs --tag before-reform

Exit code: 0 done, 1 a tag to remove is not there or one to add came too late, 2 wrong usage or no such run, 3 the bucket does not answer.`;

export interface TagOptions extends AuthorOptions {
  readonly remove?: boolean;
  readonly json?: boolean;
}

export function tagCommand(context: () => CliContext, bucket: FindBucket): Command {
  return new Command('tag')
    .description('put words on a run that keep it, list them, or take them off')
    .argument('<run>', 'workflow ID, or workflow@run')
    .argument('[names...]', 'tags', parseName)
    .option('--by <name>', "who does it (default: the user's name)")
    .option('--note <text>', 'why')
    .addOption(new Option('--remove', 'take the tags off').conflicts('note'))
    .option('--json', "print the run's tags as one JSON document")
    .addHelpText('after', EXAMPLES)
    .action((run: string, names: string[], options: TagOptions) => tag(context(), bucket().store, run, names, options));
}

/**
 * Changes the tags of a run, and prints those that it has then.
 *
 * @throws {RunNotFoundError} when there is no such run
 * @throws {CliError} when a tag to remove is not there, or the bucket can't be used
 */
export async function tag(
  { terminal }: CliContext,
  store: ObjectStore | null,
  run: string,
  names: readonly string[],
  options: TagOptions,
): Promise<void> {
  await tellingOfBucket(async () => {
    const objects = requireBucket(store);
    const tags = new TagStore(objects);
    const { workflowId, runId } = await findRecord(objects, parseRunArgument(run));
    const tagged = { workflowId, runId };
    const absent = options.remove ? await remove(tags, tagged, names) : await add(tags, tagged, names, options);
    if (!options.remove && names.length > 0) await requireKept(objects, tagged);
    const listed = await tags.list(tagged);
    if (options.json) printJson(terminal.out, { ...tagged, tags: listed });
    else print(terminal.out, tagLines(run, listed));
    if (absent.length > 0)
      throw new CliError(`${run} has no tag ${absent.map((name) => `"${name}"`).join(', ')}.`, EXIT.failed);
  });
}

/** @returns the names that were not there */
async function remove(tags: TagStore, run: Provenance, names: readonly string[]): Promise<string[]> {
  const absent: string[] = [];
  for (const name of names) if (!(await tags.remove(run, name))) absent.push(name);
  return absent;
}

/** A tag that is there already stays as it is: it was somebody's word. */
async function add(tags: TagStore, run: Provenance, names: readonly string[], options: TagOptions): Promise<[]> {
  if (names.length === 0) return [];
  const content = { by: authorOf(options), at: new Date().toISOString(), note: options.note ?? null };
  for (const name of names) await tags.add(run, name, content);
  return [];
}

/** A garbage collection that looked for tags before may be about to remove the run. */
async function requireKept(objects: ObjectStore, run: Provenance): Promise<void> {
  const folder = runFolder(run);
  try {
    await new CollectionWatch(objects).refuse([folder]);
  } catch (cause) {
    if (!(cause instanceof CondemnedError)) throw cause;
    throw new CliError(`The tag came too late: ${cause.message}`, EXIT.failed, { cause });
  }
  if (await objects.head(`${folder}${RUN_FILES.record}`)) return;
  throw new CliError(`The tag came too late: a garbage collection has removed ${run.workflowId}.`, EXIT.failed);
}

function parseName(text: string, before: readonly string[] = []): string[] {
  if (tagName.safeParse(text).success) return [...before, text];
  throw new InvalidArgumentError('A tag is 1 to 64 letters, digits, ".", "_" and "-".');
}
