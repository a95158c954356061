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
import { countSharedPassages } from '../../core/corpus.ts';
import { textIdentity } from '../../core/normalize-text.ts';
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

  const GROUPED = { strategy: 'grouped', seed: 42, holdout: 0.3, testShare: 0.5 } as const;
  const alone = { columns: { query: 'query', passage: ['output'], article: null } };
  /** Three spellings of each of 40 passages, as scraped pages and PDF files have them. */
  const twins = Array.from({ length: 120 }, (_, row) => {
    const text = `Le délai numéro ${Math.floor(row / 3)} est respecté`;
    const spelled = [text, text.normalize('NFD'), `${text.slice(0, 2)}\u200b${text.slice(2)}`];
    return { query: `Question ${row} ?`, input: '', output: spelled[row % 3]! };
  });

  it('keeps spellings of a passage in one part when asked to group, as one passage', async () => {
    const deps = activityDeps();
    const { result } = await split(deps, twins, { ...alone, split: GROUPED });
    const parts = await partsOf(deps, result);
    const passages = parts.map((part) => new Set(part.map(({ positive }) => positive)));
    assert.equal(
      passages.reduce((sum, { size }) => sum + size, 0),
      40,
    );
    assert.equal(countSharedPassages(parts, textIdentity), 0);
    assert.equal(result.profile?.sharedPassages, 0);
    assert.deepEqual(result.profile?.respelled, { count: 80, first: 'line 2' });
  });

  it("keeps the reference's rows, texts and count at random, and counts what its rule does not see", async () => {
    const deps = activityDeps();
    const { result } = await split(deps, twins, alone);
    const parts = await partsOf(deps, result);
    assert.deepEqual(new Set(parts.flat().map(({ positive }) => positive)), new Set(twins.map(({ output }) => output)));
    assert.equal(result.sharedPassages, 0);
    assert.ok((result.profile?.sharedPassages ?? 0) > 10);
    assert.ok((result.profile?.testPassagesSeen.count ?? 0) > 5);
  });

  it('says what the rows are like, and where the first of each kind stands', async () => {
    const text = (row: number): Row => ({
      query: `Question ${row} ?`,
      input: `Fiche ${row}`,
      output: `Réponse ${row}`,
    });
    const clean = Array.from({ length: 60 }, (_, row) => text(row));
    const { result } = await split(activityDeps(), clean);
    const none = { count: 0, first: null };
    for (const [kind, found] of Object.entries(result.profile ?? {}))
      assert.deepEqual(found, kind === 'sharedPassages' ? 0 : none, kind);
    const dirty = [
      ...clean,
      { ...text(60), query: ' ' },
      { ...text(61), output: '\u200b' },
      { ...text(62), output: 'N/A' },
      { ...text(63), output: '-' },
      { ...text(64), query: 'ok' },
      { ...text(65), output: 'pr\ufffdavis' },
      { ...text(0), input: 'Fiche  0' },
      { ...text(1), output: 'Une autre réponse' },
      { ...text(1), output: 'Encore une autre' },
    ];
    const { profile } = (await split(activityDeps(), dirty)).result;
    assert.deepEqual(profile?.leftOut, { count: 1, first: 'line 61' });
    assert.deepEqual(profile?.partlyEmpty, { count: 1, first: 'line 62' });
    assert.deepEqual(profile?.nearEmpty, { count: 3, first: 'line 63' });
    assert.deepEqual(profile?.damaged, { count: 1, first: 'line 66' });
    assert.deepEqual(profile?.repeated, { count: 1, first: 'line 67' });
    assert.deepEqual(profile?.ambiguous, { count: 1, first: 'line 68' });
  });

  it('counts test rows whose question or passage stands in another part', async () => {
    const deps = activityDeps();
    const repeated = Array.from({ length: 90 }, (_, row) => ({
      query: `Question ${row % 50} ?`,
      input: 'Fiche',
      output: `Réponse ${row % 70}`,
    }));
    const { result } = await split(deps, repeated);
    const [train, dev, test] = await partsOf(deps, result);
    const seen = (of: (pair: Pair) => string): number => {
      const others = new Set([...train, ...dev].map(of));
      return test.filter((pair) => others.has(of(pair))).length;
    };
    assert.ok(seen(({ query }) => query) > 0);
    assert.equal(
      result.profile?.testQuestionsSeen.count,
      seen(({ query }) => query),
    );
    assert.equal(
      result.profile?.testPassagesSeen.count,
      seen(({ positive }) => positive),
    );
  });

  it('refuses batches that no order of the rows can fill without a repetition, cut or recorded', async () => {
    const deps = activityDeps();
    const same = rows(120).map((row, index) =>
      index < 80 ? { ...row, input: 'Code', output: 'Le même texte.' } : row,
    );
    const asking = (batchSize: number) => ({
      needs: { trainRows: batchSize, testRows: 2, unrepeated: [{ batchSize, maxSteps: 2 }] },
    });
    const refused = (cause: unknown): boolean =>
      cause instanceof ApplicationFailure &&
      cause.type === INVALID_DATA &&
      /rows\.jsonl: only 0 of an epoch's 2 batches of 40 have no text twice: lower training\.batchSize/.test(
        cause.message,
      );
    await assert.rejects(split(deps, same, asking(40)), refused);
    assert.equal((await split(deps, same, asking(8))).cached, false);
    await assert.rejects(split(deps, same, asking(40)), refused);
    assert.equal((await split(deps, same, { needs: { trainRows: 40, testRows: 2 } })).cached, true);
  });

  it('names the line of a text that nothing could read, before anything is stored', async () => {
    const broken = rows(40).map((row, index) => (index === 30 ? { ...row, output: 'coupé \ud83d' } : row));
    await assert.rejects(split(activityDeps(), broken), (cause: unknown) => {
      assert.ok(cause instanceof ApplicationFailure);
      assert.equal(cause.type, INVALID_DATA);
      return /rows\.jsonl, line 31: column "output", character 7/.test(cause.message);
    });
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
