/** Activity `splitData`: cleans the rows and splits them into train, dev and test parts. */
import { Context } from '@temporalio/activity';
import type { RowFormat } from '../adapters/rows/detect-format.ts';
import { readRows } from '../adapters/rows/read-rows.ts';
import { RowsError } from '../adapters/rows/rows-error.ts';
import type { SplitInput } from '../contracts/activities.ts';
import type { ArtifactRef } from '../contracts/artifact.ts';
import { splitResult, type SplitResult, type StepOutcome } from '../contracts/steps.ts';
import { type CleanCounts, cleanRows, type CleanRows, type Pair, type SourceRow } from '../core/clean.ts';
import { countSharedPassages } from '../core/corpus.ts';
import { connectedGroups } from '../core/connected-groups.ts';
import { groupedSplit } from '../core/grouped-split.ts';
import { normalizeText } from '../core/normalize-text.ts';
import { randomSplit, type Split } from '../core/split.ts';
import type { ActivityDeps } from './deps.ts';
import { toJsonLines } from './json-lines.ts';
import { runStep, type Step } from './step.ts';

type Deps = Pick<ActivityDeps, 'artifacts' | 'records'>;

interface Rows {
  readonly rows: readonly SourceRow[];
  /** The article of each row, empty where none is asked for or named. */
  readonly articles: readonly string[];
}

export function splitStep(input: SplitInput): Step<SplitResult> {
  const { data, source: _, needs: __, ...parameters } = input;
  const inputs = { data: data.sha256 };
  return {
    identity: { name: 'split', version: 1, inputs, parameters: { ...parameters, format: data.format } },
    schema: splitResult,
    require: ({ train, test }) => requireRows(input, { train: train.rows, test: test.rows }),
  };
}

export function createSplitData({ artifacts, records }: Deps) {
  return (input: SplitInput): Promise<StepOutcome<SplitResult>> =>
    runStep(records, splitStep(input), async () => {
      const { data } = input;
      const { cleaning, ...parts } = await artifacts.withFile(data, (file) => cutParts(file, data.format, input));
      // Before anything is stored: bad input leaves nothing behind.
      requireRows(input, { train: parts.train.length, test: parts.test.length });
      if (cleaning.duplicates > 0)
        Context.current().log.info('rows repeat an earlier pair', { duplicates: cleaning.duplicates });
      return storeParts((bytes) => artifacts.putBytes(bytes), parts, cleaning);
    });
}

/** What decides which row is in which part, beside the rows. */
export type SplitRule = Pick<SplitInput, 'source' | 'columns' | 'limit' | 'dropDuplicates' | 'split'>;

/** The pairs of each part, in its order. */
export interface Parts {
  readonly train: readonly Pair[];
  readonly dev: readonly Pair[];
  readonly test: readonly Pair[];
}

/**
 * Cleans the rows of a file and splits them.
 *
 * @throws RowsError when it is no file of that format, lacks a column, or a part would be empty
 */
export async function cutParts(
  path: string,
  format: RowFormat,
  rule: SplitRule,
): Promise<Parts & { readonly cleaning: CleanCounts }> {
  const rows = await read(path, format, rule);
  const cleaned = cleanRows(rows.rows, rule);
  const { train, dev, test } = divide(rule, rows, cleaned);
  const pairsOf = (indices: Int32Array): Pair[] => Array.from(indices, (row) => cleaned.pairs[row]!);
  return { train: pairsOf(train), dev: pairsOf(dev), test: pairsOf(test), cleaning: cleaned.counts };
}

async function read(path: string, format: RowFormat, { source, columns, limit, split }: SplitRule): Promise<Rows> {
  const article = split.strategy === 'grouped' ? columns.article : null;
  const names = [columns.query, ...columns.passage, ...(article === null ? [] : [article])];
  const rows: SourceRow[] = [];
  const articles: string[] = [];
  for await (const row of readRows(path, { format, columns: names, limit, name: source })) {
    rows.push({
      query: row[columns.query] ?? '',
      passage: columns.passage.map((column) => row[column] ?? ''),
    });
    articles.push(article === null ? '' : (row[article] ?? '').trim());
  }
  return { rows, articles };
}

function divide({ split }: SplitRule, { articles }: Rows, { pairs, source }: CleanRows): Split {
  try {
    if (split.strategy === 'random') return randomSplit(pairs.length, split);
    const passages = pairs.map(({ positive }) => normalizeText(positive));
    return groupedSplit(connectedGroups([passages, Array.from(source, (row) => articles[row] ?? '')]), split);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new RowsError('empty', `The data can't be split: ${cause.message}`, { cause });
  }
}

/** @param put keeps the bytes of a part, or only says what they would be kept as */
export async function storeParts(
  put: (bytes: Uint8Array) => Promise<ArtifactRef>,
  { train, dev, test }: Parts,
  cleaning: CleanCounts,
): Promise<SplitResult> {
  const part = async (pairs: readonly Pair[]) => ({ ...(await put(toJsonLines(pairs))), rows: pairs.length });
  return {
    train: await part(train),
    dev: await part(dev),
    test: await part(test),
    cleaning,
    sharedPassages: countSharedPassages([train, dev, test]),
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
