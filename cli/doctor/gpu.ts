/** Looks for a GPU, and whether PyTorch and ONNX Runtime can use it. */
import { cudaUseOfOnnxRuntime, cudaUseOfTorch } from '../../adapters/machine/cuda-use.ts';
import { findGpus } from '../../adapters/machine/gpus.ts';
import { withCudaLibraries } from '../../workers/cuda-libraries.ts';
import { type Check, warn } from './check.ts';

/** No GPU is a warning: everything works without one, only much slower. */
export function gpuCheck(python: string): Check {
  return {
    name: 'GPU',
    fix: 'install the NVIDIA driver',
    async look() {
      const gpus = await findGpus();
      if (gpus.length === 0)
        return warn(
          'none: fine-tuning and export run on the CPU',
          'fine for the demo; real corpora want an NVIDIA GPU',
        );
      const found = gpus
        .map(({ name, memoryMiB, freeMiB, driver }) => `${name}, ${freeMiB} of ${memoryMiB} MiB free, driver ${driver}`)
        .join('; ');
      const [torch, onnxruntime] = await Promise.all([
        cudaUseOfTorch(python),
        cudaUseOfOnnxRuntime(withCudaLibraries({})),
      ]);
      if (!torch.usable) return warn(`${found}, but PyTorch can't use it: ${torch.detail}`, 'update the NVIDIA driver');
      if (!onnxruntime.usable)
        return warn(
          `${found}, but ONNX Runtime can't use it: ${onnxruntime.detail}`,
          'run npm run setup on this machine; docs/gpu.md says what it needs',
        );
      return `${found}; PyTorch and ONNX Runtime can use it`;
    },
  };
}
