/** What a kill in the middle of the training costs: steps, seconds and texts, on the whole workflow. */
import type { SupervisedWorker } from '../../cli/stack/workers.ts';
import { parseRetrainInput } from '../../contracts/parse-input.ts';
import { CPU_QUEUE } from '../../contracts/queues.ts';
import type { RetrainInput } from '../../contracts/retrain-input.ts';
import type { RunResult } from '../../contracts/run-result.ts';
import { NumpyGenerator } from '../../core/numpy-random/generator.ts';
import { startTestStack, type TestStack } from '../../test/fixtures/test-stack.ts';
import { forgetTrainings } from '../../test/fixtures/training-store.ts';
import { silenceAwsNotice } from '../../workers/config.ts';
import { retrain } from '../../workflows/retrain.ts';
import type { Benchmark } from '../benchmark.ts';
import { figure, medians } from '../figures.ts';
import { exactly, summarize } from '../statistics.ts';
import { killRun, type Kill, type KilledRun } from './kill.ts';

const KILLS: readonly Kill[] = ['SIGTERM', 'SIGKILL'];
/** Of workflows/options.ts, in seconds. */
const HEARTBEAT_TIMEOUT = 30;

export const resume: Benchmark<'size' | 'steps' | 'seed'> = {
  name: 'resume',
  summary:
    'kills at random steps of the training: steps lost, seconds until it goes on, texts encoded again, same bits',
  sizes: {
    size: { value: 4_000, description: 'rows of the run' },
    steps: { value: 32, description: 'training steps' },
    seed: { value: 1, description: 'of the steps after which the kills come' },
  },
  rounds: 3,
  async run({ rounds, sizes, log }) {
    silenceAwsNotice();
    const input: RetrainInput = { preset: 'demo', data: { limit: sizes.size }, training: { maxSteps: sizes.steps } };
    const { checkpointSteps } = parseRetrainInput(input).training;
    const stack = await startTestStack();
    try {
      const workers = await startWorkers(stack);
      log('a run that nobody disturbs');
      const args: [RetrainInput] = [input];
      const undisturbed = await stack.client.workflow.execute(retrain, {
        workflowId: 'undisturbed',
        taskQueue: CPU_QUEUE,
        args,
      });
      const random = new NumpyGenerator(sizes.seed);
      const killed: Record<Kill, KilledRun[]> = { SIGTERM: [], SIGKILL: [] };
      for (let round = 0; round < rounds; round++)
        for (const kill of KILLS) {
          // Not in the last step, after which there may be nothing left to go on with.
          const atStep = 1 + Math.floor((random.random(1)[0] ?? 0) * (sizes.steps - 2));
          log(`round ${round + 1} of ${rounds}: ${kill} after step ${atStep}`);
          await forgetTrainings(stack);
          killed[kill].push(await killRun(stack, workers, { workflowId: `${kill}-${round}`, input, kill, atStep }));
        }
      return toReport(undisturbed, killed, checkpointSteps, [
        `the demo's recipe on ${sizes.size} rows, ${sizes.steps} steps, a checkpoint every ${checkpointSteps}; two GPU workers, of which the one that trains is killed`,
        'seconds to resume are from the signal until the other worker trains: saving or the heartbeat timeout, then Python, model and checkpoint are loaded; those to the first step have one step more',
        'steps lost are those that a worker had been told of; a trainer whose worker was killed lives on for a second',
        `kills come after steps drawn by the seed ${sizes.seed}; before each the record of the training is removed, and all else comes from the first run`,
      ]);
    } finally {
      await stack.stop();
    }
  },
};

async function startWorkers(stack: TestStack): Promise<SupervisedWorker[]> {
  const debug = { VEILLE_LOG_LEVEL: 'debug' };
  const gpu = ['gpu-1', 'gpu-2'].map((name) => stack.startWorker('gpu', name, debug));
  await stack.startWorker('cpu');
  return Promise.all(gpu);
}

function toReport(
  undisturbed: RunResult,
  killed: Readonly<Record<Kill, readonly KilledRun[]>>,
  checkpointSteps: number,
  notes: readonly string[],
) {
  const all = KILLS.flatMap((kill) => killed[kill]);
  const seconds = (kill: Kill, until: 'secondsToResume' | 'secondsToFirstStep') =>
    summarize(killed[kill].map((run) => run[until]));
  const lost = summarize(all.map(({ stepsLost }) => stepsLost));
  const identical = all.every(({ result }) => sameWeights(result, undisturbed));
  const reencoded = all.reduce((sum, { result }) => sum + result.texts.encoded, 0);
  const figures = [
    // The worst case is what is promised.
    figure('stepsLost', { ...lost, median: lost.high }, '', { is: '≤', bound: checkpointSteps }),
    figure('secondsToResume.sigterm', seconds('SIGTERM', 'secondsToResume'), 's', { is: '≤', bound: 15 }),
    figure('secondsToResume.sigkill', seconds('SIGKILL', 'secondsToResume'), 's', {
      is: '≤',
      bound: HEARTBEAT_TIMEOUT + 15,
    }),
    figure('secondsToFirstStep.sigterm', seconds('SIGTERM', 'secondsToFirstStep'), 's'),
    figure('secondsToFirstStep.sigkill', seconds('SIGKILL', 'secondsToFirstStep'), 's'),
    figure('textsReencoded', exactly(reencoded), '', { is: '=', bound: 0 }),
    figure('identical', exactly(identical ? 1 : 0), '', { is: '=', bound: 1 }),
  ];
  return { result: { ...medians(figures), identical }, figures, notes };
}

function sameWeights(a: RunResult, b: RunResult): boolean {
  const digests = [a, b].map(({ artifacts }) => artifacts['LoRA adapter']?.sha256);
  return digests[0] !== undefined && digests[0] === digests[1];
}
