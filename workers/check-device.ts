/** What a GPU worker finds at its start: told in its log, and kept in the environment of the steps that it computes. */
import type { Logger } from 'pino';
import { cudaUseOfOnnxRuntime, cudaUseOfTorch } from '../adapters/machine/cuda-use.ts';
import { findGpus } from '../adapters/machine/gpus.ts';
import type { CudaState } from '../contracts/environment.ts';
import { CUDA_LIBRARIES } from './cuda-libraries.ts';

/** Share of a GPU's memory that others may hold before it is worth a warning. */
const SHARE_OF_OTHERS = 0.2;

/**
 * Without an NVIDIA driver nothing is started: asking PyTorch takes seconds.
 *
 * @param python the interpreter of the trainer's environment
 */
export async function checkDevice(python: string, logger: Logger): Promise<CudaState> {
  const gpus = await findGpus();
  if (gpus.length === 0) {
    logger.info('no GPU: this worker trains and exports on the CPU');
    return null;
  }
  for (const { freeMiB, ...gpu } of gpus) {
    logger.info({ ...gpu, freeMiB }, 'GPU');
    if (freeMiB < (1 - SHARE_OF_OTHERS) * gpu.memoryMiB)
      logger.warn({ gpu: gpu.name, freeMiB }, 'others hold memory of this GPU: batches may not fit');
  }
  const [torch, onnxruntime] = await Promise.all([cudaUseOfTorch(python), cudaUseOfOnnxRuntime()]);
  if (torch.usable) logger.info({ detail: torch.detail }, 'PyTorch can use the GPU');
  else
    logger.warn(
      { detail: torch.detail },
      'PyTorch can not use the GPU: trainings are refused. Update the driver, or set VEILLE_DEVICE=cpu',
    );
  if (onnxruntime.usable) logger.info({ detail: onnxruntime.detail }, 'ONNX Runtime can use the GPU');
  else
    logger.warn(
      { detail: onnxruntime.detail },
      'ONNX Runtime can not use the GPU: runs with embedding.device cuda fail. Run set-up on this machine, and start the ' +
        `worker with LD_LIBRARY_PATH=${CUDA_LIBRARIES} (docs/gpu.md)`,
    );
  return { torch, onnxruntime };
}
