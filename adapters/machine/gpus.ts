/** The NVIDIA GPUs of this machine, as its driver tells them. */
import type { Environment } from '../../contracts/environment.ts';
import { outputOf } from './program-output.ts';

const QUERY = ['--query-gpu=name,memory.total,driver_version,compute_cap,memory.free', '--format=csv,noheader,nounits'];

export type Gpu = Environment['gpus'][number] & {
  /** MiB that nobody holds now. */
  readonly freeMiB: number;
};

/** In the driver's order; none where there is no driver. */
export async function findGpus(): Promise<Gpu[]> {
  const printed = await outputOf('nvidia-smi', QUERY).catch(() => '');
  return printed
    .split('\n')
    .map((line) => line.split(',').map((cell) => cell.trim()))
    .flatMap(([name, memory, driver, capability, free]) => {
      if (!name || driver === undefined) return [];
      const computeCapability = capability !== undefined && /^\d+\.\d+$/.test(capability) ? capability : null;
      return [{ name, memoryMiB: Number(memory) || 0, driver, computeCapability, freeMiB: Number(free) || 0 }];
    });
}
