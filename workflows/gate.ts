/** The gate: whom the candidate is measured against, the verdict, and what follows it. */
import { proxyActivities } from '@temporalio/workflow';
import type { CpuActivities } from '../contracts/activities.ts';
import type { Candidate, ChampionEntry } from '../contracts/champion.ts';
import type { GateResult } from '../contracts/gate.ts';
import type { PromotionResult } from '../contracts/run-result.ts';
import type { Model } from '../contracts/step-inputs.ts';
import type { EvaluateResult, GuardEvaluations, SplitResult } from '../contracts/steps.ts';
import { evaluated, type Evaluated } from './evaluated.ts';
import { guarded, type GuardSets } from './guards.ts';
import { CPU, GATE_ROUNDS } from './options.ts';
import { promoted } from './promotion.ts';
import type { RunState } from './run-state.ts';
import { verdictNote } from './step-notes.ts';

const cpu = proxyActivities<CpuActivities>(CPU);

/** The champion as this run's own test part and guard sets show it; the base model while there is none. */
export interface Reference {
  readonly champion: ChampionEntry | null;
  /** Null: the base model's, which is measured in any case. */
  readonly evaluation: EvaluateResult | null;
  readonly guards: GuardEvaluations['guards'];
}

const DECIDED = 'decided before the repair';

export interface GateInput {
  readonly parts: SplitResult;
  readonly guards: GuardSets;
  readonly base: Evaluated;
  readonly tuned: Evaluated;
  readonly candidate: Candidate;
}

/** Measures the champion of now, beside the training: so nobody waits for it afterwards. */
export async function reference(
  run: RunState,
  base: Model,
  { test }: SplitResult,
  guards: GuardSets,
): Promise<Reference> {
  const champion = await cpu.readChampion();
  if (!champion) {
    const why = 'no champion yet: the gate measures against the base model';
    for (const step of ['embed-champion', 'index-champion', 'evaluate-champion'] as const) run.board.skip(step, why);
    return { champion, evaluation: null, guards: await guarded(run, 'guard-reference', base, guards) };
  }
  const { evaluation } = await evaluated(run, 'champion', champion, test);
  return { champion, evaluation, guards: await guarded(run, 'guard-reference', champion, guards) };
}

/**
 * Judges the candidate, and promotes it where the input and the verdict say so. When another run has moved the champion
 * since it was measured, the candidate is judged against the new one.
 */
export async function gated(
  run: RunState,
  input: GateInput,
  measured: Reference,
): Promise<{ readonly gate: GateResult; readonly promotion: PromotionResult }> {
  const { parts, guards, base, tuned, candidate } = input;
  const before = run.decision;
  if (before?.promotion) {
    for (const step of ['guard-tuned', 'judge', 'promote'] as const) run.board.skip(step, DECIDED);
    return { gate: before.gate, promotion: before.promotion };
  }
  const ofTuned = await guarded(run, 'guard-tuned', tuned, guards);
  let against = measured;
  for (let round = 1; ; round++) {
    const now = await cpu.readChampion();
    if (now?.revision !== against.champion?.revision) against = await reference(run, base, parts, guards);
    const { champion, evaluation, guards: ofReference } = against;
    const gate = await run.board.run(
      'judge',
      () =>
        cpu.judgeCandidate({
          gate: run.config.gate,
          test: parts.test,
          seen: { train: parts.train, dev: parts.dev },
          champion,
          reference: { evaluation: evaluation ?? base.evaluation, guards: ofReference },
          tuned: { evaluation: tuned.evaluation, guards: ofTuned },
        }),
      verdictNote,
    );
    run.judged(gate, null);
    const promotion = await promoted(run, gate, candidate, champion, round < GATE_ROUNDS);
    if (!promotion) continue;
    run.judged(gate, promotion);
    return { gate, promotion };
  }
}
