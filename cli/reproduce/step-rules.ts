/** Which parts of a step's result may differ within a tolerance, and how each is measured; all others must be the same. */
import type { ToleratedMeasure } from '../../contracts/tolerances.ts';

export interface StepRule {
  /** Dotted paths of leaves of the result, or of the parameters below `parameters.`. */
  readonly leaves: RegExp;
  /** text: a sentence about figures that are compared themselves. */
  readonly measure: ToleratedMeasure | 'text';
}

/**
 * Leaves that are not compared, by the name of the step's record: a reproduction reads the recorded bytes, and not the
 * repositories that they came from.
 */
export const NOT_COMPARED: Readonly<Record<string, RegExp>> = { resolve: /^((parameters\.)?origins|traits)\./ };

/**
 * By the name of the step's record. Steps that are not here, such as the split, compute with whole numbers and texts: they
 * are the same on every machine.
 */
export const STEP_RULES: Readonly<Record<string, readonly StepRule[]>> = {
  // An encoder's file says nothing about how far its embeddings are apart: those are compared.
  export: [{ leaves: /^(digest|files\.|parity\.)/, measure: 'embeddings' }],
  embed: [{ leaves: /^embeddingsSha256$/, measure: 'embeddings' }],
  index: [
    { leaves: /^(index\.|embeddingsSha256$)/, measure: 'embeddings' },
    { leaves: /^recallAt10$/, measure: 'figures' },
  ],
  evaluate: [
    { leaves: /^metrics\./, measure: 'figures' },
    { leaves: /^perQuery\./, measure: 'ranks' },
  ],
  // Both have figures of single queries, whose means are compared.
  'evaluate-guards': [
    { leaves: /^guards\.[^/]+\.metrics\./, measure: 'figures' },
    { leaves: /\.perQuery\./, measure: 'text' },
  ],
  'fine-tune': [
    { leaves: /^weights\./, measure: 'weights' },
    { leaves: /^metrics\./, measure: 'figures' },
    // What was logged on the way to these weights.
    { leaves: /^(trainingLog|learning\.loss)\./, measure: 'text' },
  ],
  compare: [
    { leaves: /^(parameters\.(base|fineTuned)|metrics|ndcgDifference|intervals)\./, measure: 'figures' },
    // Counts of ranks that are compared in the evaluations.
    { leaves: /^queries\./, measure: 'text' },
  ],
  judge: [
    { leaves: /^verdict\.(primary|guards)\./, measure: 'figures' },
    { leaves: /^verdict\.reasons\.\d+\.(value|bound)$/, measure: 'figures' },
    { leaves: /^verdict\.reasons\.\d+\.text$/, measure: 'text' },
  ],
};
