/** The line that a step's result becomes on the board. */
import type { EncoderRef, FineTuneResult, IndexResult, MineResult, SplitResult } from '../contracts/steps.ts';

/** What a smaller precision costs, as the exporter measured it. */
export function exportNote({ precision, device, parity }: EncoderRef): string {
  const { maxDifference, meanCosine, minCosine } = parity;
  if (precision === 'fp32') return `fp32 on ${device}, within ${maxDifference.toExponential(0)} of PyTorch`;
  return `${precision} on ${device}, cosine ${meanCosine.toFixed(4)} with fp32, ${minCosine.toFixed(4)} at the least`;
}

export function fineTuneNote({ steps, bestStep, stoppedEarly, memoryMicroBatch }: FineTuneResult): string {
  const parts = [
    `${steps} steps${stoppedEarly ? ', stopped early' : ''}${bestStep === null ? '' : `, best at ${bestStep}`}`,
  ];
  if (memoryMicroBatch !== null)
    parts.push(`out of memory: computed in parts of ${memoryMicroBatch} pairs; same loss, other rounding and dropout`);
  return parts.join('; ');
}

export function indexNote({ vectors, factory, recallAt10 }: IndexResult): string {
  const recall = recallAt10 === null ? 'exact' : `recall@10 ${recallAt10.toFixed(3)} of exact search`;
  return `${vectors} vectors, ${factory}, ${recall}`;
}

export function mineNote({ train, candidates, suspects, filledUp }: MineResult): string {
  const share = (100 * suspects) / candidates;
  return `${train.rows} rows, ${share.toFixed(1)} % suspected false negatives${filledUp > 0 ? `, ${filledUp} filled up` : ''}`;
}

export function splitNote({ train, dev, test, cleaning }: SplitResult): string {
  const left = cleaning.rows - cleaning.kept;
  return `${train.rows} train, ${dev.rows} dev, ${test.rows} test${left > 0 ? `; ${left} rows left out` : ''}`;
}
