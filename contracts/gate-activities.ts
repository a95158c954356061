/** Inputs of the activities behind the evaluations: guard sets, gate, promotion, notification. Types only. */
import type { Prefixes } from './activities.ts';
import type { ArtifactRef } from './artifact.ts';
import type { Candidate, ChampionEntry } from './champion.ts';
import type { StepName } from './progress.ts';
import type { RetrainConfig } from './retrain-input.ts';
import type { RunResult } from './run-result.ts';
import type { EncoderRef, EvaluateResult, GuardEvaluations, GuardSet, ResolveResult } from './steps.ts';

export interface ReadGuardsInput {
  readonly files: ResolveResult['guards'];
  readonly guards: RetrainConfig['gate']['guards'];
}

export interface EvaluateGuardsInput {
  readonly encoder: EncoderRef;
  readonly guards: Readonly<Record<string, GuardSet>>;
  readonly prefixes: Prefixes;
  readonly step: StepName;
}

export interface JudgeInput {
  readonly gate: RetrainConfig['gate'];
  readonly test: ArtifactRef;
  /** Parts that the candidate was trained on and selected by; missing in what older workflows ask for. */
  readonly seen?: { readonly train: ArtifactRef; readonly dev: ArtifactRef };
  /** Null: the reference is the base model. */
  readonly champion: ChampionEntry | null;
  /** Of the champion or the base model, on this run's test part and guard sets. */
  readonly reference: { readonly evaluation: EvaluateResult; readonly guards: GuardEvaluations['guards'] };
  readonly tuned: { readonly evaluation: EvaluateResult; readonly guards: GuardEvaluations['guards'] };
}

export interface PromoteInput {
  readonly candidate: Candidate;
  /** Revision that the candidate was measured against; null: there was no champion. */
  readonly expected: number | null;
  readonly by: string;
  readonly note: string | null;
}

/** A finished run, as the webhook is told of it. */
export interface NotifyInput {
  readonly end: 'completed' | 'failed' | 'cancelled';
  readonly preset: string;
  /** What the run is called. */
  readonly name?: string;
  readonly uiUrl: string | null;
  readonly result: RunResult | null;
  /** What went wrong; null where nothing did. */
  readonly failure: { readonly type: string; readonly message: string } | null;
}
