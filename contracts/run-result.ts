/** What `retrain` returns: figures and references, small enough for history. */
import { z } from 'zod';
import { provenance, recordedRef } from './artifact.ts';
import { gateResult } from './gate.ts';
import { metricValues } from './metrics.ts';
import { STEP_NAMES } from './progress.ts';
import { compareResult, dataProfile, trackResult } from './steps.ts';

const count = z.number().int().nonnegative();

const stepProgress = z.strictObject({
  name: z.enum(STEP_NAMES),
  state: z.enum(['waiting', 'running', 'done', 'failed', 'skipped']),
  cached: z.boolean().exactOptional(),
  madeBy: provenance.exactOptional(),
  startedAt: z.number().exactOptional(),
  finishedAt: z.number().exactOptional(),
  note: z.string().exactOptional(),
  done: z.number().exactOptional(),
  total: z.number().exactOptional(),
});

export const promotionResult = z.strictObject({
  /**
   * promoted: the candidate is the champion; kept: the gate did not pass it; refused: a person did not;
   * expired: nobody answered in time; off: `promote` is never.
   */
  state: z.enum(['promoted', 'kept', 'refused', 'expired', 'off']),
  /** Who decided: a person's name, or `gate`; null where nobody did. */
  by: z.string().nullable(),
  at: z.iso.datetime().nullable(),
  note: z.string().nullable(),
  /** Of `models/champion.json` after the promotion. */
  revision: z.number().int().positive().nullable(),
});
export type PromotionResult = z.infer<typeof promotionResult>;

export const runResult = z.strictObject({
  preset: z.string(),
  /** What the run is called; absent in documents of versions that had no names. */
  name: z.string().exactOptional(),
  metrics: z.strictObject({ bm25: metricValues.exactOptional(), base: metricValues, fineTuned: metricValues }),
  comparison: compareResult,
  gate: gateResult,
  promotion: promotionResult,
  /** All but the step that writes the result down. */
  steps: z.array(stepProgress),
  /** Texts this run encoded itself, and texts it found in the cache, those of an attempt whose answer was lost included. */
  texts: z.strictObject({ encoded: count, cached: count }),
  /** Rows of the parts and what they are like, and of each guard set; absent in results of earlier versions. */
  data: z
    .strictObject({
      rows: z.strictObject({ train: count, dev: count, test: count }),
      profile: dataProfile,
      guards: z.record(z.string(), z.strictObject({ rows: count, queries: count, passages: count })),
    })
    .exactOptional(),
  tracking: trackResult,
  /** Human name → object, e.g. "fine-tuned encoder (ONNX)", "adapter", "index", "record". */
  artifacts: z.record(z.string(), recordedRef),
  /** The finished run with the same data, code and configuration, whose result this is; null: it is this run's own. */
  unchangedSince: provenance.nullable(),
});
export type RunResult = z.infer<typeof runResult>;

/** What became of the W&B step: it never fails the run. */
export type TrackingResult = RunResult['tracking'];

/** Queries whose positive ranks better, worse or the same after fine-tuning, and a paired interval on nDCG@10. */
export type Comparison = RunResult['comparison'];
