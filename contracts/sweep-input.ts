/** The input of the `sweep` workflow: a run's input, and what of its `training` section is tried in which values. */
import { z } from 'zod';
import type { RetrainInput } from './retrain-input.ts';
import { DEV_METRICS } from './sweep-result.ts';

/** So many trials and the winner's result keep the sweep's own result below 100 KiB. */
export const MOST_TRIALS = 128;

const section = z.record(z.string(), z.unknown());

export const sweepConfig = z
  .strictObject({
    base: section.default({}).describe('Input of `retrain`: what all trials share, and what the winner is measured by'),
    grid: z
      .record(z.string(), z.array(z.unknown()).min(1))
      .exactOptional()
      .describe('Dotted path below training → values, e.g. {"lora.r": [8, 16]}: each with each, the last path fastest'),
    list: z
      .array(section)
      .min(1)
      .exactOptional()
      .describe('Parts of the training section, each laid over base.training'),
    metric: z
      .enum(DEV_METRICS)
      .default('dev/ndcg@10')
      .describe(
        'What the winner is best in, on the dev part; each trial keeps its checkpoint with the best dev/ndcg@10',
      ),
    parallelism: z.number().int().min(1).max(64).default(2).describe('Trials at the same time'),
  })
  .refine(({ grid, list }) => grid !== undefined || list !== undefined, {
    path: ['grid'],
    error: 'give grid, or list instead',
  })
  .refine(({ grid, list }) => grid === undefined || list === undefined, {
    path: ['list'],
    error: 'give grid or list, not both',
  });

/** What a caller may send. */
export type SweepInput = Omit<z.input<typeof sweepConfig>, 'base' | 'list'> & {
  base?: RetrainInput;
  list?: NonNullable<RetrainInput['training']>[];
};
