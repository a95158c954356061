/** ONNX Runtime with its CUDA provider, as set-up lays it out where there is a GPU: found by LD_LIBRARY_PATH alone. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The folder, whether it is there or not. */
export const CUDA_LIBRARIES = resolve(import.meta.dirname, '..', '.veille', 'cuda', 'lib');

/** Variables of a process that is to compute on a GPU: the dynamic linker reads them before its first line runs. */
export function withCudaLibraries(variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (!existsSync(join(CUDA_LIBRARIES, 'libonnxruntime.so.1'))) return variables;
  const { LD_LIBRARY_PATH: others } = variables;
  return { ...variables, LD_LIBRARY_PATH: others ? `${CUDA_LIBRARIES}:${others}` : CUDA_LIBRARIES };
}
