/** What recipes of the same number of steps are worth: nDCG@10 on the example's test part, each by the whole workflow. */
import { bootstrapMeans, sumClusters } from '../../core/bootstrap.ts';
import { ndcgAt } from '../../core/metrics/retrieval.ts';
import { startTestStack, type TestStack } from '../../test/fixtures/test-stack.ts';
import { silenceAwsNotice } from '../../workers/config.ts';
import type { Benchmark, BenchmarkContext, Figure } from '../benchmark.ts';
import { figure, medians } from '../figures.ts';
import { exactly, summarize, type Summary } from '../statistics.ts';
import { measureRun, type MeasuredRun } from './measured-run.ts';
import { RECIPES, type RecipeName } from './recipes.ts';

/** Training seed of the first round, the demo's; the next round has the next one. */
const FIRST_SEED = 42;
/** That of the evaluation, as in `compareModels`. */
const BOOTSTRAP = { seed: 123 };

type Runs = Readonly<Record<RecipeName, readonly MeasuredRun[]>>;

export const quality: Benchmark<'rows' | 'steps'> = {
  name: 'quality',
  summary: 'nDCG@10 on the test part: the reference’s learning rate, the one recommended for LoRA, and hard negatives',
  sizes: {
    rows: { value: 4_000, description: 'rows of the example: 70 % to train on, 15 % to test' },
    steps: { value: 60, description: 'training steps of each recipe' },
  },
  rounds: 1,
  async run(context) {
    silenceAwsNotice();
    const stack = await startTestStack();
    try {
      await Promise.all([stack.startWorker('cpu'), stack.startWorker('gpu')]);
      const figures = figuresOf(await measureAll(stack, context));
      return { result: medians(figures), figures, notes: notesOn(context) };
    } finally {
      await stack.stop();
    }
  },
};

async function measureAll(stack: TestStack, { rounds, sizes, log }: BenchmarkContext<'rows' | 'steps'>): Promise<Runs> {
  const runs: Record<RecipeName, MeasuredRun[]> = { reference: [], recommended: [], hardNegatives: [] };
  for (let round = 0; round < rounds; round++)
    for (const name of Object.keys(RECIPES) as RecipeName[]) {
      log(`round ${round + 1} of ${rounds}: ${name}`);
      const training = { ...RECIPES[name], maxSteps: sizes.steps, seed: FIRST_SEED + round };
      runs[name].push(await measureRun(stack, `${name}-${round}`, sizes.rows, training));
    }
  return runs;
}

function figuresOf(runs: Runs): Figure[] {
  const names = Object.keys(runs) as RecipeName[];
  const scores = new Map<string, Float64Array>([
    ['zeroShot', meanNdcg(runs.reference, 'zeroShot')],
    ...names.map((name) => [name, meanNdcg(runs[name], 'fineTuned')] as const),
  ]);
  const recommended = meanNdcg(runs.recommended, 'fineTuned');
  const passages = Int32Array.from(runs.recommended[0]?.passages ?? []);
  return [
    ...[...scores].map(([name, ndcg]) => figure(`${name}.ndcgAt10`, interval(ndcg, passages))),
    ...[...scores]
      .filter(([name]) => name !== 'recommended')
      .map(([name, ndcg]) =>
        figure(`${name}.differenceToRecommended`, interval(difference(ndcg, recommended), passages)),
      ),
    ...names.map((name) =>
      figure(`${name}.trainingSeconds`, summarize(runs[name].map(({ trainingSeconds }) => trainingSeconds)), 's'),
    ),
    ...runs.hardNegatives.slice(0, 1).flatMap(({ mining }) => (mining ? miningFigures(mining) : [])),
  ];
}

function miningFigures({ candidates, suspects, filledUp, train }: NonNullable<MeasuredRun['mining']>): Figure[] {
  return [
    figure('hardNegatives.suspectShare', exactly(suspects / candidates)),
    figure('hardNegatives.rowsFilledUp', exactly(filledUp)),
    figure('hardNegatives.rows', exactly(train.rows)),
  ];
}

/** nDCG@10 of each test query, its mean over the rounds [queries]. */
function meanNdcg(runs: readonly MeasuredRun[], model: 'zeroShot' | 'fineTuned'): Float64Array {
  const queries = runs[0]?.[model].length ?? 0;
  return Float64Array.from({ length: queries }, (_, query) => {
    const values = runs.map((run) => ndcgAt(run[model][query] ?? null, 10));
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  });
}

function difference(values: Float64Array, from: Float64Array): Float64Array {
  return values.map((value, query) => value - (from[query] ?? Number.NaN));
}

function interval(values: Float64Array, passages: Int32Array): Summary {
  const { mean, low, high } = bootstrapMeans(sumClusters([values], passages), BOOTSTRAP)[0]!;
  return { median: mean, low, high };
}

function notesOn({ rounds, sizes }: BenchmarkContext<'rows' | 'steps'>): string[] {
  return [
    `the demo's recipe but for what is compared: all-MiniLM-L6-v2, LoRA, batch 32, 128 tokens, ${sizes.steps} steps; learning rate 2e-5 (reference) or 5e-4`,
    'of nDCG@10 and its differences the mean over test queries is given, and the 95 % bootstrap interval (2,000 resamples of the queries, clustered by passage) instead of rounds',
    'a difference is paired: the same queries by both models; beside an interval over queries, another training seed makes a difference too',
    'trainingSeconds are those of the step fine-tune, the start of the trainer included',
    `training seeds ${FIRST_SEED} to ${FIRST_SEED + rounds - 1}, a round each; with several, a query's value is its mean over them`,
    'hard negatives are those of the defaults: one a pair, from rank 10 to 100, at most 95 % of the positive’s cosine; a step then reads three texts a pair instead of two',
  ];
}
