/** A bare sentence-transformers script on the benchmark's recipe, in a process of its own like ours. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startPython } from '../python-peer.ts';
import type { Training, TrainingTask } from './task.ts';

export async function trainBare(task: TrainingTask, folder: string): Promise<Training> {
  const { model, rows, threads, maxSeqLength, training } = task;
  const python = startPython('train_adapter.py', [model, String(threads)], threads);
  try {
    const { secondsPerStep = Number.NaN, peakMiB = Number.NaN } = await python.call('train', {
      rows,
      output: folder,
      training,
      max_seq_length: maxSeqLength,
    });
    return { secondsPerStep, peakMiB, adapter: await readFile(join(folder, 'adapter_model.safetensors')) };
  } finally {
    await python.stop();
  }
}
