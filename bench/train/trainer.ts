/** Our trainer on the benchmark's recipe: as the activity runs it, its checkpoints uploaded to a store in memory. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointUploads } from '../../activities/checkpoint-uploads.ts';
import { CheckpointStore } from '../../adapters/checkpoints/checkpoint-store.ts';
import { runTrainer } from '../../adapters/trainer/trainer-process.ts';
import { CLAIMANT } from '../../test/fixtures/claimant.ts';
import { MemoryObjectStore } from '../../test/fixtures/memory-object-store.ts';
import { program, ROOT } from '../../test/fixtures/paths.ts';
import { trainerOf } from '../../test/fixtures/trainer-pid.ts';
import { peakMiB as peakOf } from '../cache/peak-memory.ts';
import type { TrainingTask, Training } from './task.ts';

export async function trainOurs(task: TrainingTask, folder: string): Promise<Training> {
  const checkpoints = new CheckpointStore(new MemoryObjectStore(), 'benchmark');
  await checkpoints.claim(CLAIMANT);
  const uploads = new CheckpointUploads(checkpoints, task.warn);
  const ends: number[] = [];
  let peakMiB = Number.NaN;
  // The peak only rises: the last look that finds the process is the one that counts.
  const look = async (): Promise<void> => {
    const pid = trainerOf(process.pid);
    if (pid !== null) peakMiB = await peakOf(pid).catch(() => peakMiB);
  };
  const { model, rows, noRows, threads, maxSeqLength, training } = task;
  const output = join(folder, 'output');
  const end = await runTrainer(
    { python: program('python'), source: join(ROOT, 'trainer/src'), threads, environment: {} },
    {
      kind: 'train',
      model,
      trainRows: rows,
      devRows: noRows,
      output,
      checkpoints: join(folder, 'checkpoints'),
      resumeFrom: null,
      queryPrefix: '',
      passagePrefix: '',
      maxSeqLength,
      memoryMicroBatch: null,
      device: 'cpu',
      precision: 'fp32',
      training,
    },
    {
      folder,
      stop: [],
      onEvent: (event) => {
        if (event.type === 'progress' && event.loss !== null) ends.push(performance.now());
        void look();
        if (event.type === 'checkpoint') uploads.add({ step: event.step, memoryMicroBatch: null, folder: event.path });
      },
    },
  );
  await uploads.drain();
  const [first = Number.NaN] = ends;
  const last = ends.at(-1) ?? Number.NaN;
  if (!end.finished)
    throw new Error(`the trainer ended with ${end.exitCode}: ${end.failure?.message ?? end.lastWords}`);
  return {
    secondsPerStep: (last - first) / (ends.length - 1) / 1_000,
    peakMiB,
    adapter: await readFile(join(output, 'adapter/adapter_model.safetensors')),
  };
}
