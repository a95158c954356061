/** Activity `splitData`: cleans the rows and splits them into train, dev and test parts. */
import { Context } from '@temporalio/activity';
import type { RowFormat } from '../adapters/rows/detect-format.ts';
import { readPlacedRows } from '../adapters/rows/read-rows.ts';
import { RowsError } from '../adapters/rows/rows-error.ts';
import type { SplitInput } from '../contracts/activities.ts';
import type { ArtifactRef } from '../contracts/artifact.ts';
import { splitResult, type SplitResult, type StepOutcome } from '../contracts/steps.ts';
import { type CleanCounts, cleanRows, type CleanRows, type Pair, type SourceRow } from '../core/clean.ts';
import { countSharedPassages } from '../core/corpus.ts';
import { connectedGroups } from '../core/connected-groups.ts';
import { mostFullBatches } from '../core/full-batches.ts';
import { type DataProfile, profileData } from '../core/data-profile.ts';
import { groupedSplit } from '../core/grouped-split.ts';
import { normalizeText, textIdentity } from '../core/normalize-text.ts';
import { randomSplit, type Split } from '../core/split.ts';
import type { ActivityDeps } from './deps.ts';
import { fromJsonLines, toJsonLines } from './json-lines.ts';
import { runStep, type Step } from './step.ts';

type Deps = Pick<ActivityDeps, 'artifacts' | 'records'>;

/**
 * Of the step. Version 1 read invalid texts, and took two spellings of a passage for two passages, which could stand in
 * two parts of a grouped split.
 */
export type SplitVersion = 1 | 2;
const VERSION: SplitVersion = 2;

interface Rows {
  readonly rows: readonly SourceRow[];
  /** Of each row in the file: "line 12". */
  readonly places: readonly string[];
  /** The article of each row, empty where none is asked for or named. */
  readonly articles: readonly string[];
}

export function splitStep(input: SplitInput): Step<SplitResult> {
  const { data, source: _, needs: __, ...parameters } = input;
  const inputs = { data: data.sha256 };
  return {
    identity: { name: 'split', version: VERSION, inputs, parameters: { ...parameters, format: data.format } },
    schema: splitResult,
    require: ({ train, test }) => requireRows(input, { train: train.rows, test: test.rows }),
  };
}

export function createSplitData({ artifacts, records }: Deps) {
  return async (input: SplitInput): Promise<StepOutcome<SplitResult>> => {
    const { data } = input;
    const outcome = await runStep(records, splitStep(input), async () => {
      const cut = await artifacts.withFile(data, (file) => cutParts(file, data.format, input));
      // Before anything is stored: bad input leaves nothing behind.
      requireRows(input, { train: cut.train.length, test: cut.test.length });
      requireBatches(input, cut.train);
      if (cut.cleaning.duplicates > 0)
        Context.current().log.info('rows repeat an earlier pair', { duplicates: cut.cleaning.duplicates });
      return storeParts((bytes) => artifacts.putBytes(bytes), cut);
    });
    if (outcome.cached && asksForBatches(input))
      requireBatches(input, fromJsonLines(await artifacts.getBytes(outcome.result.train)));
    return outcome;
  };
}

/** What decides which row is in which part, beside the rows. */
export type SplitRule = Pick<SplitInput, 'source' | 'columns' | 'limit' | 'dropDuplicates' | 'split'>;

/** The pairs of each part, in its order. */
export interface Parts {
  readonly train: readonly Pair[];
  readonly dev: readonly Pair[];
  readonly test: readonly Pair[];
}

export interface CutParts extends Parts {
  readonly cleaning: CleanCounts;
  readonly profile: DataProfile;
}

/**
 * Cleans the rows of a file and splits them.
 *
 * @param version of the step: an audit cuts by the one that the record names
 * @throws RowsError when it is no file of that format, lacks a column, holds an invalid text, or a part would be empty
 */
export async function cutParts(
  path: string,
  format: RowFormat,
  rule: SplitRule,
  version: SplitVersion = VERSION,
): Promise<CutParts> {
  const rows = await read(path, format, rule, version);
  const unifySpelling = version > 1 && rule.split.strategy === 'grouped';
  const cleaned = cleanRows(rows.rows, { ...rule, unifySpelling });
  const identity: Identity = unifySpelling
    ? { passage: textIdentity, article: textIdentity }
    : { passage: normalizeText, article: (text) => text };
  const split = divide(rule, rows, cleaned, identity);
  const pairsOf = (indices: Int32Array): Pair[] => Array.from(indices, (row) => cleaned.pairs[row]!);
  return {
    train: pairsOf(split.train),
    dev: pairsOf(split.dev),
    test: pairsOf(split.test),
    cleaning: cleaned.counts,
    profile: profileData(rows, cleaned, split),
  };
}

async function read(
  path: string,
  format: RowFormat,
  { source, columns, limit, split }: SplitRule,
  version: SplitVersion,
): Promise<Rows> {
  const article = split.strategy === 'grouped' ? columns.article : null;
  const names = [columns.query, ...columns.passage, ...(article === null ? [] : [article])];
  const rows: SourceRow[] = [];
  const places: string[] = [];
  const articles: string[] = [];
  const options = { format, columns: names, limit, name: source, checked: version > 1 };
  for await (const { values, where } of readPlacedRows(path, options)) {
    rows.push({
      query: values[columns.query] ?? '',
      passage: columns.passage.map((column) => values[column] ?? ''),
    });
    places.push(where);
    articles.push(article === null ? '' : (values[article] ?? '').trim());
  }
  return { rows, places, articles };
}

/** Equal for what counts as the same passage or article. */
type Identity = Readonly<Record<'passage' | 'article', (text: string) => string>>;

function divide({ split }: SplitRule, { articles }: Rows, { pairs, source }: CleanRows, identity: Identity): Split {
  try {
    if (split.strategy === 'random') return randomSplit(pairs.length, split);
    const passages = pairs.map(({ positive }) => identity.passage(positive));
    const named = Array.from(source, (row) => identity.article(articles[row] ?? ''));
    return groupedSplit(connectedGroups([passages, named]), split);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new RowsError('empty', `The data can't be split: ${cause.message}`, { cause });
  }
}

/** @param put keeps the bytes of a part, or only says what they would be kept as */
export async function storeParts(
  put: (bytes: Uint8Array) => Promise<ArtifactRef>,
  { train, dev, test, cleaning, profile }: CutParts,
): Promise<SplitResult> {
  const part = async (pairs: readonly Pair[]) => ({ ...(await put(toJsonLines(pairs))), rows: pairs.length });
  return {
    train: await part(train),
    dev: await part(dev),
    test: await part(test),
    cleaning,
    sharedPassages: countSharedPassages([train, dev, test]),
    profile,
  };
}

/**
 * @param rows of each part
 * @throws RowsError when a later step could do nothing with so few
 */
export function requireRows(
  { source, needs }: Pick<SplitInput, 'source' | 'needs'>,
  rows: { readonly train: number; readonly test: number },
): void {
  if (rows.train < needs.trainRows)
    throw new RowsError(
      'empty',
      `${source}: the train part has ${rows.train} rows, fewer than training.batchSize ${needs.trainRows}: ` +
        'use more rows, or a smaller batch',
    );
  if (rows.test < needs.testRows)
    throw new RowsError(
      'empty',
      `${source}: the test part has ${rows.test} rows, and mini retrieval needs ${needs.testRows}: ` +
        'use more rows, or fewer evaluation.miniNegatives',
    );
}

function asksForBatches({ needs: { unrepeated = [] } }: Pick<SplitInput, 'needs'>): boolean {
  return unrepeated.length > 0;
}

/**
 * What the trainer refuses in its first epoch, where it is certain before.
 *
 * @param train the train part
 * @throws RowsError when so many texts repeat that batches without a repetition can't be filled
 */
export function requireBatches(
  { source, needs: { unrepeated = [] } }: Pick<SplitInput, 'source' | 'needs'>,
  train: readonly Pair[],
): void {
  // Trials of a sweep mostly ask for the same.
  const different = new Map(unrepeated.map((asked) => [`${asked.batchSize} ${asked.maxSteps}`, asked]));
  for (const { batchSize, maxSteps } of different.values()) {
    const steps = Math.floor(train.length / batchSize);
    const full = mostFullBatches(train, batchSize);
    if (full >= Math.min(steps, maxSteps ?? steps)) continue;
    throw new RowsError(
      'empty',
      `${source}: only ${full} of an epoch's ${steps} batches of ${batchSize} have no text twice: lower ` +
        'training.batchSize, leave out duplicates, or set training.noDuplicatesInBatch to false',
    );
  }
}
