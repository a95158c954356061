/** Looks for a GPU, and whether PyTorch can use it. */
import { type Check, warn } from './check.ts';
import { outputOf } from './program.ts';

const QUERY = ['--query-gpu=name,memory.total,driver_version', '--format=csv,noheader'];

/** Names, memory and driver of the NVIDIA GPUs of this machine, or null when there is none. */
export async function findGpu(): Promise<string | null> {
  const gpus = await outputOf('nvidia-smi', QUERY).catch(() => '');
  return gpus === '' ? null : gpus.split('\n').join('; ');
}

/** No GPU is a warning: everything works without one, only much slower. */
export function gpuCheck(python: string): Check {
  return {
    name: 'GPU',
    fix: 'install the NVIDIA driver',
    async look() {
      const gpus = await findGpu();
      if (gpus === null) {
        return warn(
          'none: fine-tuning and export run on the CPU',
          'fine for the demo; real corpora want an NVIDIA GPU',
        );
      }
      const usable = await outputOf(python, ['-c', 'import torch; print(torch.cuda.is_available())']);
      return usable === 'True' ? gpus : warn(`${gpus}, but PyTorch can't use it`, 'update the NVIDIA driver');
    },
  };
}
