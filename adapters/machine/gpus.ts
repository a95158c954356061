/** The NVIDIA GPUs of this machine, as its driver tells them. */
import type { Environment } from '../../contracts/environment.ts';
import { outputOf } from './program-output.ts';

const QUERY = ['--query-gpu=name,memory.total,driver_version', '--format=csv,noheader,nounits'];

/** In the driver's order; none where there is no driver. */
export async function findGpus(): Promise<Environment['gpus']> {
  const printed = await outputOf('nvidia-smi', QUERY).catch(() => '');
  return printed
    .split('\n')
    .map((line) => line.split(',').map((cell) => cell.trim()))
    .flatMap(([name, memory, driver]) =>
      name && driver !== undefined ? [{ name, memoryMiB: Number(memory) || 0, driver }] : [],
    );
}
