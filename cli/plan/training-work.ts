/**
 * Floating-point operations of encoding and training: two for each parameter of the layers and each token of a forward
 * pass (Kaplan et al. 2020, section 2.1, without the attention's share, which is small at these lengths).
 */
import type { TrainingSection } from '../../contracts/training-input.ts';
import { layerParameters, type Architecture } from './architecture.ts';
import { meanTokens, type RowTokens } from './text-lengths.ts';

/** A training as far as its work is concerned. */
export interface TrainingShape {
  readonly architecture: Architecture;
  readonly training: TrainingSection;
  readonly tokens: RowTokens;
  readonly steps: number;
  /** Each time it is measured, all are encoded. */
  readonly devTexts: number;
}

/** Of one text. */
export function encodingWork(architecture: Architecture, tokens: number): number {
  return 2 * layerParameters(architecture) * tokens;
}

/** Optimizer steps, as the trainer plans them: an epoch's incomplete last batch is dropped. */
export function trainingSteps({ batchSize, epochs, maxSteps }: TrainingSection, rows: number): number {
  return maxSteps ?? epochs * Math.floor(rows / batchSize);
}

export function trainingWork({ architecture, training, tokens, steps, devTexts }: TrainingShape): number {
  const { batchSize, hardNegatives, evalSteps } = training;
  const negatives = hardNegatives === false ? 0 : hardNegatives.numNegatives;
  const pair = tokens.query.mean + tokens.passage.mean * (1 + negatives);
  const step = batchSize * encodingWork(architecture, pair) * passes(training);
  // The last step is one of them.
  const evaluations = Math.ceil(steps / evalSteps);
  return steps * step + evaluations * devTexts * encodingWork(architecture, meanTokens(tokens));
}

/**
 * Forward passes' worth of a step. A backward pass is two: gradients of the activations, and of the weights, which frozen
 * ones go without. The gradient cache and gradient checkpointing compute the forward pass once more each.
 */
function passes({ lora, loss, gradientCheckpointing }: TrainingSection): number {
  const backward = lora === false ? 2 : 1;
  return 1 + backward + (loss === 'cached-mnrl' ? 1 : 0) + (gradientCheckpointing ? 1 : 0);
}
