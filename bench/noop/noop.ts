/** What a night costs on which nothing has changed: the whole workflow again, by a worker that has just started. */
import { silenceAwsNotice } from '../../workers/config.ts';
import type { Benchmark } from '../benchmark.ts';
import { smallRun, writeRows } from '../../test/fixtures/small-run.ts';
import { startTestStack, type TestStack } from '../../test/fixtures/test-stack.ts';
import { figure, medians } from '../figures.ts';
import { exactly, summarize } from '../statistics.ts';
import { countModelLoads } from './model-loads.ts';
import { timeRun, type TimedRun } from './timed-run.ts';

export const noop: Benchmark<'size'> = {
  name: 'noop',
  summary: 'the whole workflow a second time: seconds, texts encoded and models loaded when nothing has changed',
  sizes: { size: { value: 240, description: 'rows of the run' } },
  rounds: 5,
  async run({ rounds, sizes, log }) {
    silenceAwsNotice();
    const stack = await startTestStack();
    try {
      const { first, firstModelLoads, repeats, walked, modelLoads } = await runAgain(stack, sizes.size, rounds, log);
      const again = [...repeats, ...walked];
      const figures = [
        figure('firstSeconds', exactly(first.seconds), 's'),
        figure('firstModelLoads', exactly(firstModelLoads)),
        figure('seconds', exactly(repeats[0]?.seconds ?? Number.NaN), 's', { is: '≤', bound: 5 }),
        figure('repeatSeconds', summarize(repeats.map(({ seconds }) => seconds)), 's', { is: '≤', bound: 5 }),
        figure('walkedSeconds', summarize(walked.map(({ seconds }) => seconds)), 's', { is: '≤', bound: 5 }),
        figure('textsEncoded', summarize(again.map(({ encoded }) => encoded)), '', { is: '=', bound: 0 }),
        figure('stepsComputed', summarize(again.map(({ computed }) => computed)), '', { is: '=', bound: 0 }),
        figure('modelLoads', exactly(modelLoads), '', { is: '=', bound: 0 }),
      ];
      return {
        result: medians(figures),
        figures,
        notes: [
          `${sizes.size} rows, all-MiniLM-L6-v2 at 64 tokens, 6 training steps; Temporal's dev server and SeaweedFS`,
          'seconds are a client’s, from start to result; before the second run both workers were stopped and started',
          `repeatSeconds are those of the second run and the ${rounds - 1} after it, which end as unchanged`,
          'walkedSeconds are those of runs whose configuration differs in what no step depends on: each step is recalled',
          'modelLoads counts encoders by the CPU worker’s log; a computed step could be a training or an export',
        ],
      };
    } finally {
      await stack.stop();
    }
  },
};

interface Runs {
  readonly first: TimedRun;
  readonly firstModelLoads: number;
  readonly repeats: readonly TimedRun[];
  readonly walked: readonly TimedRun[];
  /** By the workers of the repeats. */
  readonly modelLoads: number;
}

async function runAgain(stack: TestStack, rows: number, rounds: number, log: (line: string) => void): Promise<Runs> {
  const workers = await Promise.all([stack.startWorker('cpu'), stack.startWorker('gpu')]);
  const source = stack.path('rows.jsonl');
  await writeRows(source, rows);
  const input = smallRun(source);
  log('first run, which computes everything');
  const first = await timeRun(stack, 'first', input);
  const firstModelLoads = await countModelLoads(stack, 'cpu');
  await Promise.all(workers.map((worker) => worker.stop()));
  await Promise.all([stack.startWorker('cpu', 'cpu-again'), stack.startWorker('gpu', 'gpu-again')]);
  const repeats: TimedRun[] = [];
  const walked: TimedRun[] = [];
  for (let round = 0; round < rounds; round++) {
    log(`run ${round + 2}`);
    repeats.push(await timeRun(stack, `repeat-${round}`, input));
    walked.push(await timeRun(stack, `walked-${round}`, { ...input, approvalHours: round + 1 }));
  }
  return { first, firstModelLoads, repeats, walked, modelLoads: await countModelLoads(stack, 'cpu-again') };
}
