/** The recipes that are compared: the demo's, but for what each one is about. */
import type { RetrainInput } from '../../contracts/retrain-input.ts';

/** The learning rate that sentence-transformers recommends for LoRA: the upper end of 1e-4 to 5e-4. */
const LORA_LEARNING_RATE = 5e-4;

export const RECIPES = {
  /** The reference's learning rate, which is made for training whole models. */
  reference: { learningRate: 2e-5, hardNegatives: false },
  recommended: { learningRate: LORA_LEARNING_RATE, hardNegatives: false },
  hardNegatives: { learningRate: LORA_LEARNING_RATE, hardNegatives: {} },
} as const satisfies Readonly<Record<string, RetrainInput['training']>>;

export type RecipeName = keyof typeof RECIPES;
