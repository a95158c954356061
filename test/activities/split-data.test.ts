/** `splitData` on files: parts, counts and messages. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ApplicationFailure } from '@temporalio/activity';
import { createSplitData } from '../../activities/split-data.ts';
import { fromJsonLines } from '../../activities/json-lines.ts';
import type { SplitInput } from '../../contracts/activities.ts';
import { INVALID_DATA } from '../../contracts/failures.ts';
import type { SplitResult, StepOutcome } from '../../contracts/steps.ts';
import type { Pair } from '../../core/clean.ts';
import { activityDeps, runActivity, type TestDeps } from '../fixtures/activity-deps.ts';

interface Row {
  readonly query: string;
  readonly input: string;
  readonly output: string;
}

const rows = (count: number): Row[] =>
  Array.from({ length: count }, (_, row) => ({
    query: `Question ${row} ?`,
    input: `art. ${row % 25}`,
    output: `Texte ${row}`,
  }));

async function split(
  deps: TestDeps,
  data: readonly Row[],
  changes: Partial<SplitInput> = {},
): Promise<StepOutcome<SplitResult>> {
  const path = join(deps.folder, 'rows.jsonl');
  await writeFile(path, data.map((row) => JSON.stringify(row)).join('\n'));
  const input: SplitInput = {
    data: { ...(await deps.artifacts.putFile(path)), format: 'jsonl' },
    source: 'rows.jsonl',
    columns: { query: 'query', passage: ['input', 'output'], article: 'input' },
    limit: null,
    dropDuplicates: false,
    split: { strategy: 'random', seed: 42, holdout: 0.3, testShare: 0.5 },
    needs: { trainRows: 2, testRows: 2 },
    ...changes,
  };
  return runActivity(createSplitData(deps), input);
}

async function partsOf(deps: TestDeps, { train, dev, test }: SplitResult): Promise<[Pair[], Pair[], Pair[]]> {
  const read = async (ref: SplitResult['train']): Promise<Pair[]> => fromJsonLines(await deps.artifacts.getBytes(ref));
  return [await read(train), await read(dev), await read(test)];
}

describe('splitData', () => {
  it('cuts 70/15/15, with every row in one part', async () => {
    const deps = activityDeps();
    const { result } = await split(deps, rows(100));
    const parts = await partsOf(deps, result);
    assert.deepEqual(
      parts.map((part) => part.length),
      [70, 15, 15],
    );
    assert.equal(new Set(parts.flat().map(({ query }) => query)).size, 100);
    assert.equal(parts[0][0]?.positive.startsWith('art. '), true);
  });

  it('gives the same bytes for the same rows', async () => {
    const [a, b] = [await split(activityDeps(), rows(60)), await split(activityDeps(), rows(60))];
    assert.deepEqual(a.result, b.result);
    assert.equal(a.key, b.key);
  });

  it('counts and leaves out rows with an empty query or passage', async () => {
    const data = [...rows(40), { query: ' ', input: 'a', output: 'b' }, { query: 'q', input: ' ', output: '' }];
    const { result } = await split(activityDeps(), data);
    assert.deepEqual(result.cleaning, { rows: 42, emptyQuery: 1, emptyPositive: 1, duplicates: 0, kept: 40 });
  });

  it('keeps an article in one part when asked to group', async () => {
    const deps = activityDeps();
    const { result } = await split(deps, rows(200), {
      split: { strategy: 'grouped', seed: 42, holdout: 0.3, testShare: 0.5 },
    });
    const articles = (await partsOf(deps, result)).map(
      (part) => new Set(part.map(({ positive }) => positive.split(',')[0])),
    );
    const [train, dev, test] = articles;
    assert.ok(train && dev && test);
    assert.equal([...train].filter((article) => dev.has(article) || test.has(article)).length, 0);
    assert.equal(result.sharedPassages, 0);
  });

  it('tells how many passages stand in more than one part', async () => {
    const repeated = rows(60).map((row, index) => ({ ...row, input: 'art. 1', output: `Texte ${index % 5}` }));
    const { result } = await split(activityDeps(), repeated);
    assert.equal(result.sharedPassages, 5);
  });

  it('refuses a train part smaller than a batch, with the numbers', async () => {
    const failure: unknown = await split(activityDeps(), rows(20), { needs: { trainRows: 64, testRows: 2 } }).catch(
      (error: unknown) => error,
    );
    assert.ok(failure instanceof ApplicationFailure);
    assert.equal(failure.type, INVALID_DATA);
    assert.equal(failure.nonRetryable, true);
    assert.match(failure.message, /14 rows, fewer than training\.batchSize 64/);
  });

  it('refuses a recorded split that has too few rows for this run, as one that it cuts itself', async () => {
    const deps = activityDeps();
    const few = (cause: unknown): boolean => cause instanceof ApplicationFailure && cause.type === INVALID_DATA;
    await split(deps, rows(20), { needs: { trainRows: 2, testRows: 2 } });
    await assert.rejects(split(deps, rows(20), { needs: { trainRows: 64, testRows: 2 } }), few);
    await assert.rejects(split(deps, rows(20), { needs: { trainRows: 2, testRows: 20 } }), few);
    assert.equal((await split(deps, rows(20), { needs: { trainRows: 14, testRows: 3 } })).cached, true);
  });
});
