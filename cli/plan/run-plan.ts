/** The document of `veille plan --json`: what a run of this input would do, and what that would take. */
import type { Provenance } from '../../contracts/artifact.ts';
import type { StepName } from '../../contracts/progress.ts';
import type { SplitResult } from '../../contracts/steps.ts';
import type { MemoryEstimate } from './training-memory.ts';

/** Basis of what has no figure since no such device was ever measured: none is made up. */
export const NOT_MEASURED = 'not measured';

/** The run that made a recorded result. */
export interface MadeBy extends Provenance {
  /** ISO 8601. */
  readonly at: string;
  /** Of the code that computed it. */
  readonly buildId: string;
}

/** cached: the recorded result is returned. skipped: the input asks for no such step. */
export type PlannedState = 'cached' | 'compute' | 'skipped';

export interface PlannedStep {
  readonly step: StepName;
  readonly state: PlannedState;
  /** Of a cached step; null where all it needs is there without a record of its own. */
  readonly madeBy: MadeBy | null;
  /** Of any other: why. */
  readonly why: readonly string[];
}

/** Texts of one embedding step, each once. */
export interface PlannedTexts {
  readonly step: StepName;
  readonly texts: number;
  /** Those that the cache lacks; all where the encoder is not known yet. */
  readonly missing: number;
}

export interface SecondsEstimate {
  readonly step: StepName;
  /** Null: nothing was measured on such a device, or the model's shape is not known. */
  readonly seconds: number | null;
  /** Where the rate comes from, or why there is none. */
  readonly basis: string;
}

export interface BytesEstimate {
  readonly what: string;
  /** Null: the model's shape is not known. */
  readonly bytes: number | null;
}

export interface RunPlan {
  readonly preset: string;
  /** Of the code that would start the run. */
  readonly buildId: string;
  /** The finished run whose result this one would return at once; null: the steps below are walked. */
  readonly unchangedSince: MadeBy | null;
  readonly steps: readonly PlannedStep[];
  /** What the run does otherwise than the model's authors meant. */
  readonly modelNotes: readonly string[];
  readonly rows: { readonly train: number; readonly dev: number; readonly test: number };
  /** What the rows are like, and how many texts are longer than `model.maxSeqLength`, estimated by their bytes. */
  readonly data: { readonly profile: NonNullable<SplitResult['profile']>; readonly truncated: number };
  /** Sets on which the gate can't decide, with what to do. */
  readonly gate: readonly string[];
  readonly texts: readonly PlannedTexts[];
  /** Of what is to be computed, step by step. */
  readonly seconds: {
    readonly steps: readonly SecondsEstimate[];
    /** Sum of what is known, as if one step followed the other. */
    readonly known: number;
    /** Steps without a figure. */
    readonly unknown: readonly StepName[];
  };
  readonly bytes: {
    /** From the hub to this run's CPU worker, where its cache has none of it yet. */
    readonly download: readonly BytesEstimate[];
    /** Into the bucket, where they stay. */
    readonly stored: readonly BytesEstimate[];
    /** In the bucket while it trains. */
    readonly checkpoint: number | null;
  };
  /** Of one training process on a GPU; null where the model's shape is not known, or nothing is to be trained. */
  readonly memory: MemoryEstimate | null;
}
