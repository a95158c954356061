/** Our trainer beside a bare sentence-transformers script: what checkpoints, events and the log cost a step. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toJsonLines } from '../../activities/json-lines.ts';
import { parseRetrainInput } from '../../contracts/parse-input.ts';
import { modelFolder } from '../../test/fixtures/exported-encoder.ts';
import type { Benchmark } from '../benchmark.ts';
import { figure, medians } from '../figures.ts';
import { legalPairs } from '../legal-texts.ts';
import { alternate } from '../rounds.ts';
import { exactly, ratioOfMedians, summarize } from '../statistics.ts';
import { trainBare } from './peer.ts';
import { haveSameTensors } from './same-tensors.ts';
import type { Training, TrainingTask } from './task.ts';
import { trainOurs } from './trainer.ts';

const THREADS = 2;
/** The demo's. */
const CHECKPOINT_STEPS = 10;

export const train: Benchmark<'size' | 'steps'> = {
  name: 'train',
  summary: 'our trainer, its checkpoints on, against a bare sentence-transformers script: time a step, memory, weights',
  sizes: {
    size: { value: 1_000, description: 'pairs to train on' },
    steps: { value: 31, description: 'training steps, the first of which is not timed' },
  },
  rounds: 3,
  async run({ rounds, sizes, scratch, log }) {
    const task = await prepare(sizes, scratch, log);
    let turn = 0;
    const inFolder = async (work: typeof trainOurs): Promise<Training> => {
      const folder = join(scratch, `training-${turn++}`);
      await mkdir(folder);
      return work(task, folder);
    };
    const subjects = { ours: () => inFolder(trainOurs), bare: () => inFolder(trainBare) };
    const { ours, bare } = await alternate(rounds, subjects, log);
    const of = (trainings: readonly Training[], value: 'secondsPerStep' | 'peakMiB'): number[] =>
      trainings.map((training) => training[value]);
    const [first] = ours;
    const same = first && [...ours, ...bare].every(({ adapter }) => haveSameTensors(adapter, first.adapter));
    const figures = [
      figure('stepTimeRatio', ratioOfMedians(of(ours, 'secondsPerStep'), of(bare, 'secondsPerStep')), '', {
        is: '≤',
        bound: 1.03,
      }),
      figure('sameFinalAdapter', exactly(same ? 1 : 0), '', { is: '=', bound: 1 }),
      figure('peakMemoryRatio', ratioOfMedians(of(ours, 'peakMiB'), of(bare, 'peakMiB')), '', { is: '≤', bound: 1.05 }),
      figure('ours.secondsPerStep', summarize(of(ours, 'secondsPerStep')), 's'),
      figure('bare.secondsPerStep', summarize(of(bare, 'secondsPerStep')), 's'),
      figure('ours.peakMiB', summarize(of(ours, 'peakMiB')), 'MiB'),
      figure('bare.peakMiB', summarize(of(bare, 'peakMiB')), 'MiB'),
    ];
    return {
      result: { ...medians(figures), sameFinalAdapter: same === true },
      figures,
      notes: [
        `the demo's recipe: all-MiniLM-L6-v2, LoRA, batch ${task.training.batchSize}, ${task.maxSeqLength} tokens, no duplicates in a batch; ${THREADS} threads each, a process of its own each time`,
        `ours writes a checkpoint every ${CHECKPOINT_STEPS} steps, which is uploaded meanwhile to a store in memory; no dev evaluation in either`,
        'time is from the end of the first step to the end of the last; memory is the largest resident set of the Python process',
        'sameFinalAdapter: all tensors of all rounds of both are equal, bit for bit',
      ],
    };
  },
};

async function prepare(
  { size, steps }: Readonly<Record<'size' | 'steps', number>>,
  scratch: string,
  warn: (line: string) => void,
): Promise<TrainingTask> {
  const [rows, noRows] = [join(scratch, 'rows.jsonl'), join(scratch, 'no-rows.jsonl')];
  await writeFile(rows, toJsonLines(await legalPairs(size)));
  await writeFile(noRows, '');
  const { training, model } = parseRetrainInput({
    preset: 'demo',
    training: { maxSteps: steps, checkpointSteps: CHECKPOINT_STEPS },
  });
  const { maxSeqLength } = model;
  return { model: await modelFolder(), rows, noRows, threads: THREADS, maxSeqLength, training, warn };
}
