/**
 * What shows that a training has learnt nothing, in words. Free of zod and of Node, since workflow code imports it.
 */
import type { MetricValues } from './metrics.ts';
import type { FineTuneResult } from './steps.ts';

/** Loss by which nothing is left to learn: each passage is told from the others of its batch. */
const NO_LOSS = 1e-3;
/** Share of itself by which a loss moves from batch to batch where anything is learnt, and by far. */
const LEAST_MOVE = 1e-3;

/** The loss of a training by its log: means over `training.logSteps` steps. */
export type LoggedLoss = NonNullable<NonNullable<FineTuneResult['learning']>['loss']>;

/** @returns null where fewer than two were logged */
export function loggedLoss(rows: readonly { readonly metrics: MetricValues }[]): LoggedLoss | null {
  const losses = rows.flatMap(({ metrics }) => metrics['train/loss'] ?? []);
  const [first] = losses;
  const last = losses.at(-1);
  if (first === undefined || last === undefined || losses.length < 2) return null;
  const lowest = losses.reduce((least, loss) => Math.min(least, loss));
  const highest = losses.reduce((most, loss) => Math.max(most, loss));
  return { first, last, lowest, highest };
}

/** A clause for each sign; none where the training has learnt, or is of a version that did not look. */
export function learningNotes({ learning }: Pick<FineTuneResult, 'learning'>): string[] {
  if (!learning) return [];
  const { weightsChanged, loss } = learning;
  const notes: string[] = [];
  if (!weightsChanged) notes.push('nothing was learnt: the weights are unchanged; raise training.learningRate');
  if (loss && loss.highest < NO_LOSS)
    notes.push(
      `the loss is ${short(loss.highest)} at most, from the start: the base model has nothing left to learn here`,
    );
  else if (loss && loss.highest - loss.lowest <= LEAST_MOVE * loss.highest)
    notes.push(`the loss did not move: ${short(loss.first)} at first, ${short(loss.last)} at last`);
  return notes;
}

/** Of the base model on the test part; null: there is something to gain. */
export function perfectNote(metrics: MetricValues): string | null {
  return metrics['retrieval/R@1'] === 1
    ? 'already perfect: each test question finds its passage first, so no training can show a gain'
    : null;
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
