/**
 * How far a reproduction may be from its record and still count as one. On one kind of machine everything is the same to
 * the last bit; another kind of processor adds up in another order, and these bounds are for it. One thread and kernels
 * without AVX, in the place of two with AVX2, have moved weights by 1.5e-6 in six steps, embeddings by 1.2e-7, metrics by
 * 7e-8 and no rank: what is measured grows with the training, and bounds leave room for that.
 */

export const TOLERANCES = {
  /**
   * Largest absolute difference of a component of an embedding, which has unit length. Kernels of one model differ by
   * 1e-6 in float32.
   */
  embeddings: 1e-4,
  /**
   * Largest absolute difference of a weight. An optimiser carries a difference of rounding on from step to step: Adam
   * moves a weight by the learning rate whatever the size of its gradient, so two trainings part by a few of those, of
   * 5e-4 at most in our recipes. Another seed is farther off from the first step on.
   */
  weights: 1e-3,
  /** Largest absolute difference of a metric between 0 and 1, or of a bound of its interval. */
  figures: 0.005,
  /** Share of queries whose positive has another rank. */
  ranks: 0.02,
} as const;

export type ToleratedMeasure = keyof typeof TOLERANCES;
