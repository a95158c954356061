/** Activity `splitData`: cleans the rows and splits them into train, dev and test parts. */
import { Context } from '@temporalio/activity';
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import { readRows } from '../adapters/rows/read-rows.ts';
import { RowsError } from '../adapters/rows/rows-error.ts';
import type { SplitInput } from '../contracts/activities.ts';
import { splitResult, type SplitResult, type StepOutcome } from '../contracts/steps.ts';
import { cleanRows, type CleanRows, type Pair, type SourceRow } from '../core/clean.ts';
import { countSharedPassages } from '../core/corpus.ts';
import { connectedGroups } from '../core/connected-groups.ts';
import { groupedSplit } from '../core/grouped-split.ts';
import { normalizeText } from '../core/normalize-text.ts';
import { randomSplit, type Split } from '../core/split.ts';
import type { ActivityDeps } from './deps.ts';
import { toJsonLines } from './json-lines.ts';
import { runStep } from './step.ts';

type Deps = Pick<ActivityDeps, 'artifacts' | 'records'>;

interface Rows {
  readonly rows: readonly SourceRow[];
  /** The article of each row, empty where none is asked for or named. */
  readonly articles: readonly string[];
}

export function createSplitData({ artifacts, records }: Deps) {
  return (input: SplitInput): Promise<StepOutcome<SplitResult>> => {
    const { data, source: _, needs: __, ...parameters } = input;
    const identity = {
      name: 'split',
      version: 1,
      inputs: { data: data.sha256 },
      parameters: { ...parameters, format: data.format },
    };
    return runStep(records, { identity, schema: splitResult }, async () => {
      const source = await read(artifacts, input);
      const cleaned = cleanRows(source.rows, { dropDuplicates: input.dropDuplicates });
      if (cleaned.counts.duplicates > 0)
        Context.current().log.info('rows repeat an earlier pair', { duplicates: cleaned.counts.duplicates });
      const split = divide(input, source, cleaned);
      requireRows(input, split);
      return store(artifacts, cleaned, split);
    });
  };
}

async function read(artifacts: ArtifactStore, { data, source, columns, limit, split }: SplitInput): Promise<Rows> {
  const article = split.strategy === 'grouped' ? columns.article : null;
  const names = [columns.query, ...columns.passage, ...(article === null ? [] : [article])];
  const rows: SourceRow[] = [];
  const articles: string[] = [];
  const path = await artifacts.getFile(data);
  for await (const row of readRows(path, { format: data.format, columns: names, limit, name: source })) {
    rows.push({
      query: row[columns.query] ?? '',
      passage: columns.passage.map((column) => row[column] ?? ''),
    });
    articles.push(article === null ? '' : (row[article] ?? '').trim());
  }
  return { rows, articles };
}

function divide({ split }: SplitInput, { articles }: Rows, { pairs, source }: CleanRows): Split {
  try {
    if (split.strategy === 'random') return randomSplit(pairs.length, split);
    const passages = pairs.map(({ positive }) => normalizeText(positive));
    return groupedSplit(connectedGroups([passages, Array.from(source, (row) => articles[row] ?? '')]), split);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new RowsError('empty', `The data can't be split: ${cause.message}`, { cause });
  }
}

async function store(artifacts: ArtifactStore, { pairs, counts }: CleanRows, split: Split): Promise<SplitResult> {
  const pairsOf = (rows: Int32Array): Pair[] =>
    Array.from(rows, (row) => pairs[row]).filter((pair) => pair !== undefined);
  const part = async (rows: Int32Array) => ({
    ...(await artifacts.putBytes(toJsonLines(pairsOf(rows)))),
    rows: rows.length,
  });
  return {
    train: await part(split.train),
    dev: await part(split.dev),
    test: await part(split.test),
    cleaning: counts,
    sharedPassages: countSharedPassages([split.train, split.dev, split.test].map(pairsOf)),
  };
}

function requireRows({ source, needs }: SplitInput, { train, test }: Split): void {
  if (train.length < needs.trainRows)
    throw new RowsError(
      'empty',
      `${source}: the train part has ${train.length} rows, fewer than training.batchSize ${needs.trainRows}: ` +
        'use more rows, or a smaller batch',
    );
  if (test.length < needs.testRows)
    throw new RowsError(
      'empty',
      `${source}: the test part has ${test.length} rows, and mini retrieval needs ${needs.testRows}: ` +
        'use more rows, or fewer evaluation.miniNegatives',
    );
}
