/** Inputs of the activities behind the evaluations: guard sets, gate, promotion, notification. Types only. */
import type { Prefixes } from './activities.ts';
import type { ArtifactRef } from './artifact.ts';
import type { Candidate, ChampionEntry } from './champion.ts';
import type { RunProgress, StepName } from './progress.ts';
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

/** A candidate that has passed the gate, and waits for a person. */
export interface AwaitedApproval extends Pick<RunProgress, 'metrics' | 'steps'> {
  /** When the run ends without a promotion, in milliseconds since the epoch. */
  readonly until: number;
}

/** A run or a sweep that has ended, or waits for a person, as the webhook hears of it. */
export interface NotifyInput {
  readonly end: 'completed' | 'failed' | 'cancelled' | 'waiting';
  /** Empty where the input was not readable. */
  readonly preset: string;
  /** What the run is called. */
  readonly name?: string;
  readonly uiUrl: string | null;
  readonly result: RunResult | null;
  /** What went wrong; null where nothing did. */
  readonly failure: { readonly type: string; readonly message: string } | null;
  /** There where the run waits. */
  readonly approval?: AwaitedApproval;
}
