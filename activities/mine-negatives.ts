/** Activity `mineNegatives`: the train part's rows with hard negatives, found among its own passages. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import { RowsError } from '../adapters/rows/rows-error.ts';
import type { MineInput } from '../contracts/activities.ts';
import { mineResult, type MineResult, type StepOutcome } from '../contracts/steps.ts';
import type { Pair } from '../core/clean.ts';
import { buildCorpus } from '../core/corpus.ts';
import { answersOf, type MinedRow } from '../core/hard-negatives.ts';
import type { ActivityDeps } from './deps.ts';
import { reportProgress } from './heartbeat.ts';
import { fromJsonLines, toJsonLines } from './json-lines.ts';
import { mineRows } from './mine-rows.ts';
import { PassageIndex } from './passage-index.ts';
import { RateMeter } from './rate.ts';
import { withScratch } from './scratch.ts';
import { runStep, type Step } from './step.ts';

type Deps = Pick<ActivityDeps, 'artifacts' | 'records' | 'embeddings' | 'scratch'>;

/** Rows that are turned into text at a time: 64 negatives a row make a file that is too long for one string. */
const WRITE_ROWS = 1_024;

export function mineStep({ encoder, train, prefixes, hardNegatives, seed }: MineInput): Step<MineResult> {
  return {
    identity: {
      name: 'mine-negatives',
      version: 1,
      inputs: { encoder: encoder.digest, train: train.sha256 },
      parameters: { prefixes, hardNegatives, ...(hardNegatives.sampling === 'random' ? { seed } : {}) },
    },
    schema: mineResult,
  };
}

export function createMineNegatives(deps: Deps) {
  const { artifacts, records, scratch } = deps;
  return (input: MineInput): Promise<StepOutcome<MineResult>> =>
    runStep(records, mineStep(input), () =>
      withScratch(scratch, 'mine-negatives', async (folder) => {
        const pairs = fromJsonLines<Pair>(await artifacts.getBytes(input.train));
        const { passages, gold } = buildCorpus(pairs);
        const mined = await mine(deps, input, { pairs, passages, gold });
        const path = join(folder, 'train.jsonl');
        await writeFile(path, linesOf(pairs, passages, mined));
        return { train: { ...(await artifacts.putFile(path)), rows: pairs.length }, ...totals(mined) };
      }),
    );
}

interface TrainPart {
  readonly pairs: readonly Pair[];
  /** Unique positives. */
  readonly passages: readonly string[];
  /** Position of each row's positive among them [rows]. */
  readonly gold: Int32Array;
}

async function mine(
  { embeddings }: Deps,
  { encoder, prefixes, hardNegatives: options, seed }: MineInput,
  { pairs, passages, gold }: TrainPart,
): Promise<MinedRow[]> {
  const queries = pairs.map(({ query }) => query);
  const answers = answersOf(queries, gold);
  requirePassages(passages.length, answers, options);
  const meter = new RateMeter();
  const onProgress = (done: number): void => {
    const rate = meter.read(done);
    const work = { done, total: pairs.length, unit: 'texts' } as const;
    reportProgress({ step: 'mine-negatives', ...work, ...(rate === undefined ? {} : { rate }) });
  };
  onProgress(0);
  const signal = Context.current().cancellationSignal;
  const cache = embeddings(encoder);
  const index = await PassageIndex.over(
    cache,
    passages.map((passage) => prefixes.passage + passage),
    signal,
  );
  try {
    const prefixed = queries.map((query) => prefixes.query + query);
    return await mineRows(cache, index, { queries: prefixed, gold, answers, options, seed }, { signal, onProgress });
  } finally {
    index.dispose();
  }
}

/** @throws RowsError when a query has too few passages beside its answers */
function requirePassages(
  passages: number,
  answers: readonly ReadonlySet<number>[],
  { numNegatives, rangeMin }: MineInput['hardNegatives'],
): void {
  const mostAnswers = answers.reduce((most, { size }) => Math.max(most, size), 0);
  if (passages - mostAnswers >= rangeMin + numNegatives) return;
  throw new RowsError(
    'empty',
    `training.hardNegatives: the train part has ${passages} different passages, of which ${mostAnswers} answer one ` +
      `query; ${numNegatives} negatives after rank ${rangeMin} need ${rangeMin + numNegatives} others: ` +
      'use more rows, a smaller rangeMin or numNegatives, or false',
  );
}

function* linesOf(pairs: readonly Pair[], passages: readonly string[], mined: readonly MinedRow[]) {
  for (let start = 0; start < pairs.length; start += WRITE_ROWS)
    yield toJsonLines(
      pairs.slice(start, start + WRITE_ROWS).map(({ query, positive }, position) => ({
        query,
        positive,
        negatives: mined[start + position]!.negatives.map((passage) => passages[passage]!),
      })),
    );
}

function totals(mined: readonly MinedRow[]): Omit<MineResult, 'train'> {
  return {
    candidates: mined.reduce((sum, { candidates }) => sum + candidates, 0),
    suspects: mined.reduce((sum, { suspects }) => sum + suspects, 0),
    filledUp: mined.filter(({ filledUp }) => filledUp).length,
  };
}
