/** What all trials of a sweep need, done once before they start: two that start together would both find it missing. */
import { INVALID_DATA } from '../contracts/failures.ts';
import type { RetrainConfig } from '../contracts/retrain-input.ts';
import { type Model, prefixesOf } from '../contracts/step-inputs.ts';
import type { ResolveResult, SplitResult } from '../contracts/steps.ts';
import type { TrainingChanges } from '../contracts/sweep-result.ts';
import { changedTraining } from '../contracts/training-changes.ts';
import { embedStep } from './evaluated.ts';
import { refusal } from './failures.ts';
import { exportedBase } from './fine-tuned.ts';
import { resolved, splitInto } from './sources.ts';
import type { SweepState } from './sweep-state.ts';

export interface Shared {
  readonly sources: ResolveResult;
  readonly parts: SplitResult;
  readonly base: Model;
}

export async function sharedByTrials(sweep: SweepState): Promise<Shared> {
  const { plan } = sweep;
  const run = sweep.restart();
  const sources = await resolved(run);
  const parts = await splitInto(
    run,
    sources,
    plan.trials.map((changes) => changedTraining(run.config, changes)),
  );
  requireDevRows(parts, run.config);
  const base = { encoder: await exportedBase(run, sources.model), prefixes: prefixesOf(run.config) };
  if (plan.trials.some((changes) => minesNegatives(run.config, changes)))
    await embedStep(run, 'embed-train', base, parts.train);
  return { sources, parts, base };
}

function requireDevRows({ dev, train, test }: SplitResult, { data }: RetrainConfig): void {
  if (dev.rows > 0) return;
  throw refusal(
    INVALID_DATA,
    `${data.source}: no row is left for the dev part beside ${train.rows} of train and ${test.rows} of test, and trials ` +
      'are compared on it alone: use more rows, a larger split.holdout, or a smaller split.testShare',
  );
}

function minesNegatives(config: RetrainConfig, changes: TrainingChanges): boolean {
  return changedTraining(config, changes).hardNegatives !== false;
}
