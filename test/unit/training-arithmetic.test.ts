/** What a training computes in: chosen once by the worker that starts it, honoured by others, or refused by name. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import {
  chooseArithmetic,
  possibleArithmetics,
  trainingDevice,
  UnfitWorkerError,
  type TrainingDevice,
} from '../../activities/training-arithmetic.ts';
import type { Arithmetic } from '../../contracts/steps.ts';

const H200 = { usable: true, detail: 'NVIDIA H200, bf16, CUDA 13.0', bf16: true };
const BROKEN = { usable: false, detail: 'torch 2.9 of CUDA 13.0 sees no GPU' };
const CPU: TrainingDevice = { kind: 'cpu' };
const NEW_GPU: TrainingDevice = { kind: 'cuda', bf16: true, detail: 'NVIDIA H200' };
const OLD_GPU: TrainingDevice = { kind: 'cuda', bf16: false, detail: 'Tesla T4' };
const REFUSED: TrainingDevice = { kind: 'refused', detail: BROKEN.detail };
const DEVICES = [CPU, NEW_GPU, OLD_GPU, REFUSED];
const PRECISIONS = ['auto', 'fp32', 'fp16', 'bf16'] as const;

describe('the device that a worker trains on', () => {
  it('is the GPU where there is one, the CPU where there is none, and neither where the GPU is broken', () => {
    assert.deepEqual(trainingDevice('auto', null), CPU);
    assert.deepEqual(trainingDevice('auto', H200), { kind: 'cuda', bf16: true, detail: H200.detail });
    assert.deepEqual(trainingDevice('auto', BROKEN), REFUSED);
  });

  it('is what VEILLE_DEVICE says, or none', () => {
    for (const torch of [null, H200, BROKEN]) assert.deepEqual(trainingDevice('cpu', torch), CPU);
    assert.equal(trainingDevice('cuda', H200).kind, 'cuda');
    for (const torch of [null, BROKEN]) assert.equal(trainingDevice('cuda', torch).kind, 'refused');
  });
});

describe('what a training computes in', () => {
  it('is mixed precision on a GPU and fp32 on a CPU, where the recipe leaves it open', () => {
    const chosen = [CPU, NEW_GPU, OLD_GPU].map((device) => chooseArithmetic('auto', device, null));
    assert.deepEqual(
      chosen.map(({ device, precision }) => `${precision} on ${device}`),
      ['fp32 on cpu', 'bf16 on cuda', 'fp16 on cuda'],
    );
  });

  it('stays what it was started in, on whatever worker, or is refused with what is wanted and what is there', () => {
    const pinned: Arithmetic = { device: 'cuda', precision: 'bf16' };
    assert.equal(chooseArithmetic('auto', NEW_GPU, pinned), pinned);
    for (const [device, reason] of [
      [CPU, /started in bf16 on cuda and goes on in that alone, but this worker has no GPU/],
      [OLD_GPU, /started in bf16 on cuda .* this worker's GPU does not compute in bf16 \(Tesla T4\)/],
      [REFUSED, /no GPU that PyTorch can use \(torch 2\.9 of CUDA 13\.0 sees no GPU\).*VEILLE_DEVICE=cpu/],
    ] as const)
      assert.throws(() => chooseArithmetic('auto', device, pinned), reason);
  });

  it('is the CPU’s on a GPU worker too, where the training was started on a CPU', () => {
    const pinned: Arithmetic = { device: 'cpu', precision: 'fp32' };
    for (const device of [CPU, NEW_GPU, OLD_GPU]) assert.equal(chooseArithmetic('auto', device, pinned), pinned);
  });

  it('is one of those that a recorded result is looked for under, for every recipe and device, or is refused', () => {
    for (const asked of PRECISIONS)
      for (const device of DEVICES) {
        const chosen = chosenOrNull(asked, device);
        const possible = possibleArithmetics(asked);
        if (chosen)
          assert.ok(
            possible.some((one) => isDeepStrictEqual(one, chosen)),
            `${asked}, ${device.kind}`,
          );
      }
  });
});

function chosenOrNull(asked: (typeof PRECISIONS)[number], device: TrainingDevice): Arithmetic | null {
  try {
    return chooseArithmetic(asked, device, null);
  } catch (error) {
    assert.ok(error instanceof UnfitWorkerError);
    return null;
  }
}
