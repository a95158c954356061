/** What a training computes in: chosen once, when it starts, and honoured or refused by each later attempt. */
import type { CudaUse } from '../contracts/environment.ts';
import type { TrainingSection } from '../contracts/training-input.ts';
import type { Arithmetic } from '../contracts/steps.ts';

/** What a worker trains on; `refused`: it has, or is to have, a GPU that it can't use. */
export type TrainingDevice =
  | { readonly kind: 'cpu' }
  | { readonly kind: 'cuda'; readonly bf16: boolean; readonly detail: string }
  | { readonly kind: 'refused'; readonly detail: string };

/** This worker can't train as the training wants; another one may. */
export class UnfitWorkerError extends Error {
  override readonly name = 'UnfitWorkerError';
}

/**
 * @param wanted VEILLE_DEVICE. auto: the GPU where there is one, and no CPU in the place of a GPU that is broken
 * @param torch what PyTorch found on a machine with an NVIDIA driver; null: there is none
 */
export function trainingDevice(wanted: 'auto' | 'cpu' | 'cuda', torch: CudaUse | null): TrainingDevice {
  if (wanted === 'cpu' || (wanted === 'auto' && torch === null)) return { kind: 'cpu' };
  if (torch?.usable) return { kind: 'cuda', bf16: torch.bf16 === true, detail: torch.detail };
  return { kind: 'refused', detail: torch?.detail ?? 'there is no NVIDIA driver' };
}

/**
 * What an attempt computes in: what the checkpoints that it resumes from are computed in; for a training that starts, what
 * its recipe asks for, `auto` being mixed precision on a GPU and fp32 on a CPU.
 *
 * @param pinned by the checkpoints; null: there are none
 * @throws UnfitWorkerError when this worker can't
 */
export function chooseArithmetic(
  asked: TrainingSection['precision'],
  device: TrainingDevice,
  pinned: Arithmetic | null,
): Arithmetic {
  if (device.kind === 'refused')
    throw new UnfitWorkerError(
      `This worker has no GPU that PyTorch can use (${device.detail}): it trains nothing. Repair the driver, or set ` +
        'VEILLE_DEVICE=cpu for a worker that is to train on the CPU',
    );
  const { kind } = device;
  const auto = kind === 'cpu' ? 'fp32' : device.bf16 ? 'bf16' : 'fp16';
  const chosen: Arithmetic = pinned ?? { device: kind, precision: asked === 'auto' ? auto : asked };
  const refusal = refusalOf(chosen, device);
  if (refusal === null) return chosen;
  const since = pinned
    ? `The training was started in ${chosen.precision} on ${chosen.device} and goes on in that alone`
    : `training.precision is ${chosen.precision}`;
  throw new UnfitWorkerError(
    `${since}, but ${refusal}: this run waits for a worker that can. Start one, or a run with another training.precision`,
  );
}

function refusalOf(
  { device, precision }: Arithmetic,
  worker: Exclude<TrainingDevice, { kind: 'refused' }>,
): string | null {
  // A CPU there is everywhere.
  if (device === 'cpu') return precision === 'fp16' ? 'fp16 needs a GPU, and this worker has none' : null;
  if (worker.kind === 'cpu') return 'this worker has no GPU';
  return precision === 'bf16' && !worker.bf16 ? `this worker's GPU does not compute in bf16 (${worker.detail})` : null;
}

/** What a recorded training may have been computed in: for the input any of these is its result, the first one best. */
export function possibleArithmetics(asked: TrainingSection['precision']): readonly Arithmetic[] {
  if (asked !== 'auto') return (['cuda', 'cpu'] as const).map((device) => ({ device, precision: asked }));
  return [
    { device: 'cuda', precision: 'bf16' },
    { device: 'cuda', precision: 'fp16' },
    { device: 'cpu', precision: 'fp32' },
  ];
}
