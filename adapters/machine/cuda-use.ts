/** Whether the libraries that compute on a GPU can: each is asked in a process of its own, which a broken driver may crash. */
import { fileURLToPath } from 'node:url';
import type { CudaUse } from '../../contracts/environment.ts';
import { outputOf } from './program-output.ts';

/** In one line of JSON: [usable, detail, bf16]. */
const TORCH = `
import json, torch
if torch.cuda.is_available():
    bf16 = torch.cuda.is_bf16_supported(including_emulation=False)
    named = "bf16" if bf16 else "no bf16"
    seen = f"{torch.cuda.get_device_name()}, {named}, CUDA {torch.version.cuda}, cuDNN {torch.backends.cudnn.version()}"
    torch.ones(2, device="cuda").sum().item()
    print(json.dumps([True, seen, bf16]))
else:
    print(json.dumps([False, f"torch {torch.__version__} of CUDA {torch.version.cuda} sees no GPU"]))
`;
const ONNXRUNTIME = fileURLToPath(new URL('./cuda-session.mjs', import.meta.url));

/** @param python the interpreter of the trainer's environment */
export async function cudaUseOfTorch(python: string): Promise<CudaUse> {
  return asked(python, ['-c', TORCH]);
}

/** @param env added to this process's own: it is LD_LIBRARY_PATH that decides which onnxruntime is asked */
export async function cudaUseOfOnnxRuntime(env: NodeJS.ProcessEnv = {}): Promise<CudaUse> {
  return asked(process.execPath, [ONNXRUNTIME], env);
}

async function asked(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<CudaUse> {
  try {
    const [usable, detail, bf16] = JSON.parse(await outputOf(program, args, env)) as [boolean, string, boolean?];
    return { usable, detail, ...(bf16 === undefined ? {} : { bf16 }) };
  } catch (error) {
    return { usable: false, detail: error instanceof Error ? error.message : String(error) };
  }
}
