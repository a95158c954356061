/** Looks for a GPU, and whether PyTorch can use it. */
import { findGpus } from '../../adapters/machine/gpus.ts';
import { outputOf } from '../../adapters/machine/program-output.ts';
import { type Check, warn } from './check.ts';

/** No GPU is a warning: everything works without one, only much slower. */
export function gpuCheck(python: string): Check {
  return {
    name: 'GPU',
    fix: 'install the NVIDIA driver',
    async look() {
      const gpus = (await findGpus()).map(({ name, memoryMiB, driver }) => `${name}, ${memoryMiB} MiB, ${driver}`);
      if (gpus.length === 0) {
        return warn(
          'none: fine-tuning and export run on the CPU',
          'fine for the demo; real corpora want an NVIDIA GPU',
        );
      }
      const found = gpus.join('; ');
      const usable = await outputOf(python, ['-c', 'import torch; print(torch.cuda.is_available())']);
      return usable === 'True' ? found : warn(`${found}, but PyTorch can't use it`, 'update the NVIDIA driver');
    },
  };
}
