/** The memory that a training needs on a GPU, and what cards of common sizes hold. */
import type { MemoryEstimate } from '../plan/training-memory.ts';
import { formatBytes, formatCount } from './quantity.ts';

export function memoryLines({ bytes, microBatch, tokens, cards }: MemoryEstimate): string[] {
  return [
    `about ${formatBytes(bytes.total)} for ${formatCount(microBatch)} pairs a forward pass, ${formatCount(tokens)} tokens at most:`,
    `weights ${formatBytes(bytes.weights)}, optimizer ${formatBytes(bytes.optimizer)}, activations ` +
      `${formatBytes(bytes.activations)}, CUDA ${formatBytes(bytes.runtime)}, and 10 % (estimated: no GPU was measured)`,
    ...cards.map((card) => `${card.gib} GiB: ${cardText(card)}`),
  ];
}

function cardText({ fits, microBatch }: MemoryEstimate['cards'][number]): string {
  const largest =
    microBatch === null
      ? 'not even one pair: gradientCheckpointing, or a smaller maxSeqLength'
      : `micro-batches of up to ${formatCount(microBatch)} pairs with loss cached-mnrl`;
  return fits ? `fits; ${largest}` : `does not fit as it is; ${largest}`;
}
