/** What `retrain` returns: figures and references, small enough for history. Types only, so workflows may import it. */
import type { ArtifactRef } from './artifact.ts';
import type { MetricValues } from './metrics.ts';
import type { StepProgress } from './progress.ts';
import type { CompareResult, TrackResult } from './steps.ts';

/** What became of the W&B step: it never fails the run. */
export type TrackingResult = TrackResult;

/** Queries whose positive ranks better, worse or the same after fine-tuning, and a paired interval on nDCG@10. */
export type Comparison = CompareResult;

export interface RunResult {
  readonly preset: string;
  readonly metrics: { readonly bm25?: MetricValues; readonly base: MetricValues; readonly fineTuned: MetricValues };
  readonly comparison: Comparison;
  readonly steps: readonly StepProgress[];
  /** Texts this run encoded itself, and texts it found in the cache. */
  readonly texts: { readonly encoded: number; readonly cached: number };
  readonly tracking: TrackingResult;
  /** Human name → object, e.g. "fine-tuned encoder (ONNX)", "adapter", "index", "record". */
  readonly artifacts: Readonly<Record<string, ArtifactRef>>;
}
