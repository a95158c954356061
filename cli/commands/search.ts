/** `veille search`: the passages that answer a question, as a finished run's retriever ranks them. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { requireBucket } from '../bucket.ts';
import { print, printJson, type CliContext } from '../context.ts';
import { UsageError } from '../exit.ts';
import { searchResults } from '../render/search-results.ts';

const EXAMPLES = `
Ranks the passages of the run's test part with its fine-tuned model. Needs the bucket alone, not Temporal; model and
index are kept in the state folder, so that the second search is quicker than the first. The run that finished last may
have made no champion: --champion asks the model that \`veille champion\` shows, over the passages of its own run.

Examples:
  $ veille search "Quel est le délai de préavis d'un locataire ?"
  $ veille search --champion "Quel est le délai de préavis d'un locataire ?"
  $ veille search --base --top 3 "Quel est le délai de préavis d'un locataire ?"
  $ veille search --run nightly-2026-11-24 --json "congé parental" | jq -r '.fineTuned[0].passage'

Exit code: 0 answered, 1 no run has finished or a file is damaged, 2 wrong usage or no such run, 3 the bucket does not
answer.`;

export interface SearchOptions {
  /** Workflow ID, or `workflow@run`; the run that finished last without. */
  readonly run?: string;
  /** The run that the champion comes from, instead. */
  readonly champion?: boolean;
  readonly top: number;
  readonly base?: boolean;
  readonly json?: boolean;
}

/** Where runs are kept: in a bucket, and its files also on this machine. */
export interface RunFiles {
  /** Null where it is the local one, which is not running. */
  readonly store: ObjectStore | null;
  readonly stateDir: string;
  /** Bytes that the cache of them may have. @default without a bound */
  readonly cacheBytes?: number;
}

export function searchCommand(context: () => CliContext, files: () => RunFiles): Command {
  return new Command('search')
    .description("answer a question from a finished run's index")
    .argument('<question>', 'in the language of the passages')
    .option(
      '--run <workflow>',
      'the run to search: a workflow ID, or workflow@run (default: the one that finished last)',
    )
    .addOption(new Option('--champion', "search the champion's run").conflicts('run'))
    .option('--top <n>', 'answers at most', parseTop, 5)
    .option('--base', "show the zero-shot model's answers beside them")
    .option('--json', 'print one JSON document, with whole passages')
    .addHelpText('after', EXAMPLES)
    .action((question: string, options: SearchOptions) => search(context(), files(), question, options));
}

/**
 * Prints the answers.
 *
 * @throws {UsageError} when the question is empty
 * @throws {CliError} when there is no bucket or no run to search, or its files can't be used
 */
export async function search(
  { terminal }: CliContext,
  { store, ...files }: RunFiles,
  question: string,
  { run, champion = false, top, base = false, json }: SearchOptions,
): Promise<void> {
  const text = question.trim();
  if (text === '') throw new UsageError('The question is empty.');
  const bucket = requireBucket(store);
  // Only here: other commands start faster without the native modules, and run where one of them is broken.
  const { answerQuestion } = await import('../search/answer-question.ts');
  const result = await answerQuestion({ store: bucket, ...files }, { text, run, champion, top, base });
  if (result.truncatedTo !== null) {
    print(terminal.err, [`The model reads ${result.truncatedTo} tokens: the question's end is left out.`]);
  }
  const { columns } = terminal.size();
  if (json) printJson(terminal.out, result);
  else print(terminal.out, searchResults(result, { columns, colors: terminal.colors }));
}

function parseTop(text: string): number {
  const top = Number(text);
  if (!Number.isInteger(top) || top < 1) throw new InvalidArgumentError('It is a whole number from 1.');
  return top;
}
